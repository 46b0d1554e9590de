// Signing in, and creating the first admin with the set-up link.
import { call, openSession } from './api.js'
import { el, field, form, notify } from './dom.js'

const PASSWORD_CHARS_MIN = 12

/** Takes the one-time token out of the address bar, so that it is in no history entry. */
function takeSetupToken() {
  if (location.pathname !== '/setup') return undefined
  const token = new URLSearchParams(location.hash.slice(1)).get('t')
  history.replaceState(null, '', '/')
  return token ?? undefined
}

let setupToken = takeSetupToken()

/** @param onSignedIn called with the person */
export async function showSignIn(main, onSignedIn) {
  const isOpen = await call('GET', '/setup').then(({ open }) => open, () => false) // prettier-ignore
  main.replaceChildren(isOpen && setupToken !== undefined ? setupForm(onSignedIn) : signInForm(isOpen, onSignedIn))
  main.querySelector('input')?.focus()
  if (setupToken !== undefined && !isOpen) notify('Set-up is finished: sign in with the account that was created.')
  if (!isOpen) setupToken = undefined
}

function signInForm(isOpen, onSignedIn) {
  const username = el('input', { autocomplete: 'username', required: true, value: 'admin' })
  const password = el('input', { type: 'password', autocomplete: 'current-password', required: true })
  const submit = async () => finish(await call('POST', '/login', { username: username.value, password: password.value }), onSignedIn)
  return el(
    'section.card.narrow',
    {},
    el('h2', {}, 'Sign in'),
    isOpen &&
      el(
        'p',
        {},
        'This gateway has no admin yet. Open the set-up link: it is in the log of the server, and ',
        el('code', {}, 'akr setup-link'),
        ' prints a new one.',
      ),
    form('Sign in', submit, field('Name', username), field('Password', password)),
  )
}

function setupForm(onSignedIn) {
  const username = el('input', { autocomplete: 'username', required: true, value: 'admin' })
  const password = el('input', { type: 'password', autocomplete: 'new-password', required: true, minlength: PASSWORD_CHARS_MIN })
  const again = el('input', { type: 'password', autocomplete: 'new-password', required: true })
  const submit = async () => {
    if (password.value !== again.value) throw new Error('The two passwords differ.')
    const session = await call('POST', '/setup', { token: setupToken, username: username.value, password: password.value })
    setupToken = undefined
    finish(session, onSignedIn)
  }
  return el(
    'section.card.narrow',
    {},
    el('h2', {}, 'Welcome. Create your account'),
    el('p.quiet', {}, `You will be the admin of this gateway. Choose a password of at least ${PASSWORD_CHARS_MIN} characters.`),
    form('Create and sign in', submit, field('Name', username), field('Password', password), field('Password, once more', again)),
  )
}

function finish(session, onSignedIn) {
  notify('')
  openSession(session)
  onSignedIn(session.user)
}
