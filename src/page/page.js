// Entry of the page: who is there, and what they see.
import { signOut, whenSignedOut } from './api.js'
import { showClientKeys } from './client-keys.js'
import { notify } from './dom.js'
import { showSignIn } from './sign-in.js'
import { learnAddress } from './snippets.js'
import { showUpstreams } from './upstreams.js'

const main = document.getElementById('main')
const person = document.getElementById('person')
const signOutButton = document.getElementById('sign-out')

async function learnAboutGateway() {
  const welcome = await (await fetch('/', { headers: { accept: 'application/json' } })).json()
  document.getElementById('version').textContent = `${welcome.version} · ${welcome.build}`
  learnAddress(welcome)
}

function showGateway(user) {
  person.textContent = `${user.username} (${user.role})`
  signOutButton.hidden = false
  const upstreams = document.createElement('section')
  const clientKeys = document.createElement('section')
  upstreams.classList.add('card')
  clientKeys.classList.add('card')
  main.replaceChildren(upstreams, clientKeys)
  const session = { role: user.role, upstreams: [], adapters: [], issuedKey: undefined }
  showUpstreams(upstreams, session).then(
    () => showClientKeys(clientKeys, session),
    (error) => notify(error.message, true),
  )
}

function showGate() {
  person.textContent = ''
  signOutButton.hidden = true
  void showSignIn(main, showGateway)
}

whenSignedOut(showGate)
signOutButton.addEventListener('click', () => void signOut())
learnAboutGateway().catch(() => notify('The gateway does not answer. Is it running?', true))
showGate()
