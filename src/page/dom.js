// Builds elements from plain data: text is always text, never markup.

/**
 * @param {string} tag element name, with classes after dots: `div.card.narrow`
 * @param {Record<string, unknown>} props attributes; `on…` are listeners, `value`/`checked`/`disabled`/`hidden` are properties
 * @param {...(Node | string | number | null | undefined | false)} children
 */
export function el(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split('.')
  const element = document.createElement(name)
  element.classList.add(...classes)
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value)
    else if (['value', 'checked', 'disabled', 'hidden', 'selected', 'required'].includes(key)) element[key] = value
    else element.setAttribute(key, String(value))
  }
  element.append(
    ...children.filter((child) => child !== null && child !== undefined && child !== false).map((child) => (child instanceof Node ? child : String(child))),
  )
  return element
}

export function field(label, input) {
  return el('label', {}, label, input)
}

let noticeTimer

/** Says something in the bar below the title; errors stay until the next notice. */
export function notify(text, isBad = false) {
  const notice = document.getElementById('notice')
  clearTimeout(noticeTimer)
  notice.textContent = text
  notice.hidden = text === ''
  notice.classList.toggle('bad', isBad)
  if (!isBad && text !== '') noticeTimer = setTimeout(() => notify(''), 6000)
}

/** A button that is off while its work runs, and that reports what goes wrong. */
export function action(text, work, classes = '') {
  const button = el(`button${classes}`, { type: 'button' }, text)
  button.addEventListener('click', () => guard(button, work))
  return button
}

/** A form whose submit button is off while its work runs. */
export function form(text, work, ...children) {
  const button = el('button', { type: 'submit' }, text)
  const element = el('form', {}, ...children, el('div.row', {}, button))
  element.addEventListener('submit', (event) => {
    event.preventDefault()
    void guard(button, work)
  })
  return element
}

async function guard(button, work) {
  button.disabled = true
  // What an earlier action complained about must not seem to be about this one.
  notify('')
  try {
    await work()
  } catch (error) {
    notify(error instanceof Error ? error.message : String(error), true)
  } finally {
    button.disabled = false
  }
}

/** `in 4 min` or `3 s ago`, for times as the API writes them. */
export function relativeTime(iso) {
  if (iso === null || iso === undefined) return ''
  const seconds = Math.round((Date.parse(iso) - Date.now()) / 1000)
  if (Math.abs(seconds) < 1) return 'now'
  const [size, unit] = [[1, 's'], [60, 'min'], [3600, 'h'], [86_400, 'd']].findLast(([length]) => Math.abs(seconds) >= length) ?? [1, 's'] // prettier-ignore
  const amount = Math.floor(Math.abs(seconds) / size)
  return seconds >= 0 ? `in ${amount} ${unit}` : `${amount} ${unit} ago`
}

export function copyButton(text) {
  return action('Copy', async () => {
    if (navigator.clipboard === undefined) throw new Error('This browser copies only on https or localhost. Select the text instead.')
    await navigator.clipboard.writeText(text)
    notify('Copied.')
  }, '.plain.tiny') // prettier-ignore
}
