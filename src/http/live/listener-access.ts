// Who may listen: declared once, for Server-Sent Events, for WebSockets, and for the API's documentation.
import type { AccountAccess, Permission } from '../registry.ts'

export const LISTENER_ACCESS: { readonly permission: Permission; readonly account: AccountAccess } = { permission: 'viewer', account: 'own' }
