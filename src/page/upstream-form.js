// The form for a new upstream: pick a vendor, the rest is filled in.
import { call } from './api.js'
import { el, field, form } from './dom.js'

const LOCATIONS = ['header', 'query', 'basic', 'cookie', 'body']

/** @param adapters as GET /adapters lists them, @param onCreated gets the new upstream */
export function renderUpstreamForm(adapters, onCreated) {
  const adapter = el('select', {}, ...adapters.map(({ name, title }) => el('option', { value: name }, title)))
  const slug = el('input', { required: true, pattern: '[a-z0-9][a-z0-9_\\-]{0,62}', title: 'Lower-case letters, digits, - and _', autocomplete: 'off' })
  const name = el('input', { autocomplete: 'off' })
  const url = el('input', { type: 'url', required: true, autocomplete: 'off', placeholder: 'https://api.example.com' })
  const location = el('select', {}, ...LOCATIONS.map((value) => el('option', { value }, value)))
  const keyName = el('input', { autocomplete: 'off' })
  const prefix = el('input', { autocomplete: 'off' })
  const fillIn = () => {
    const chosen = adapters.find((each) => each.name === adapter.value)
    slug.value = chosen.kind === 'llm' ? chosen.name : ''
    name.value = chosen.kind === 'llm' ? chosen.title : ''
    url.value = chosen.base_url ?? ''
    location.value = chosen.key_location
    keyName.value = chosen.key_name
    prefix.value = chosen.key_prefix
  }
  adapter.addEventListener('change', fillIn)
  fillIn()
  const submit = async () => {
    const body = {
      slug: slug.value,
      name: name.value || slug.value,
      adapter: adapter.value,
      base_url: url.value,
      key_location: location.value,
      key_prefix: prefix.value,
    }
    await onCreated(await call('POST', '/upstreams', location.value === 'basic' ? body : { ...body, key_name: keyName.value }))
  }
  return form(
    'Create upstream',
    submit,
    el('div.fields', {}, field('Vendor', adapter), field('Slug, part of the path that clients call', slug), field('Name', name), field('Base URL', url)),
    el(
      'details',
      {},
      el('summary', {}, 'Where the key goes'),
      el('div.fields', {}, field('Place', location), field('Name of the header, parameter, cookie or member', keyName), field('Text before the key', prefix)),
    ),
  )
}
