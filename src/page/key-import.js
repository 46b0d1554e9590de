// Pasting keys: what would happen is shown before anything is stored.
import { call } from './api.js'
import { action, el, field, notify } from './dom.js'

const PREVIEW_AFTER_MS = 500

/** @param onImported called when keys were stored */
export function renderKeyImport(upstream, onImported) {
  const text = el('textarea.keys', { spellcheck: 'false', autocomplete: 'off', placeholder: 'One per line, or .env, CSV, JSON: anything with keys in it' })
  const preview = el('p.small.quiet', { 'aria-live': 'polite' })
  const path = `/upstreams/${upstream.id}/keys/import`
  let timer
  let asked = 0
  const look = async () => {
    const number = ++asked
    if (text.value.trim() === '') return void (preview.textContent = '')
    const result = await call('POST', `${path}?dry_run=true`, text.value).catch((error) => error)
    // An answer that was overtaken by more typing says nothing about what is there now.
    if (number === asked) preview.textContent = result instanceof Error ? result.message : describe(result, 'new')
  }
  text.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(() => void look(), PREVIEW_AFTER_MS)
  })
  const store = action('Import keys', async () => {
    if (text.value.trim() === '') throw new Error('Paste at least one key first.')
    const result = await call('POST', path, text.value)
    text.value = ''
    preview.textContent = ''
    notify(`Imported: ${describe(result, 'added')}`)
    await onImported()
  })
  return el('div', {}, field('Add keys', text), preview, el('div.row', {}, store))
}

function describe({ created, duplicates, invalid, suspicious, invalid_lines: invalidLines }, word) {
  const parts = [`${created} ${word}`, `${duplicates} already here`, `${invalid} not understood`]
  if (suspicious > 0) parts.push(`${suspicious} do not look like keys of this vendor`)
  const reasons = invalidLines.slice(0, 3).map(({ line, reason }) => `line ${line}: ${reason}`)
  return [parts.join(' · '), ...reasons].join(' — ')
}
