// The pages and their paths. What a page shows is in its path and query, so that every view can be shared.
import { createRouter, createWebHistory } from 'vue-router'
import { whenSessionEnds } from './api/call.ts'
import { findPerson, forget, maySee } from './api/session.ts'

/** Of the whole gateway: for people of an account it is not there. */
const WHOLE = { isWhole: true }
/** Where people of an account begin. */
const HOME_OF_ACCOUNT = '/accounts'

export const router = createRouter({
  history: createWebHistory('/ui/'),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', redirect: '/overview' },
    { path: '/sign-in', component: () => import('./pages/SignIn.vue'), meta: { isOpen: true } },
    { path: '/setup', component: () => import('./pages/SetUp.vue'), meta: { isOpen: true } },
    { path: '/overview', component: () => import('./pages/Overview.vue'), meta: WHOLE },
    { path: '/upstreams', component: () => import('./pages/Upstreams.vue'), meta: WHOLE },
    {
      path: '/upstreams/:id',
      component: () => import('./pages/Upstream.vue'),
      meta: WHOLE,
      props: true,
      redirect: ({ params }) => `/upstreams/${String(params['id'])}/keys`,
      children: [
        { path: 'keys', component: () => import('./pages/UpstreamKeys.vue'), props: true },
        { path: 'connect', component: () => import('./pages/UpstreamConnect.vue'), props: true },
      ],
    },
    { path: '/clients', component: () => import('./pages/Clients.vue') },
    { path: '/routes', component: () => import('./pages/Routes.vue'), meta: WHOLE },
    { path: '/routes/explain', component: () => import('./pages/RouteExplain.vue'), meta: WHOLE },
    { path: '/routes/:id', component: () => import('./pages/RouteEdit.vue'), props: true, meta: WHOLE },
    { path: '/requests', component: () => import('./pages/Requests.vue') },
    { path: '/usage', component: () => import('./pages/Usage.vue') },
    { path: '/jobs', component: () => import('./pages/Jobs.vue') },
    { path: '/accounts', component: () => import('./pages/Accounts.vue') },
    {
      path: '/settings',
      component: () => import('./pages/Settings.vue'),
      redirect: '/settings/users',
      children: [
        { path: 'users', component: () => import('./pages/SettingsUsers.vue'), meta: { role: 'admin', otherwise: '/settings/system' } },
        { path: 'system', component: () => import('./pages/SettingsSystem.vue'), meta: WHOLE },
        { path: 'audit', component: () => import('./pages/SettingsAudit.vue'), meta: { ...WHOLE, role: 'admin', otherwise: '/settings/system' } },
      ],
    },
    { path: '/:rest(.*)*', component: () => import('./pages/NotFound.vue') },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta['isOpen'] === true) return true
  if ((await findPerson()) !== undefined) return maySee(to.meta) ? true : { path: (to.meta['otherwise'] as string | undefined) ?? HOME_OF_ACCOUNT }
  return { path: '/sign-in', query: to.path === '/overview' ? {} : { next: to.fullPath } }
})

whenSessionEnds(() => {
  const { currentRoute } = router
  if (currentRoute.value.meta['isOpen'] === true) return
  forget()
  void router.push({ path: '/sign-in', query: { next: currentRoute.value.fullPath } })
})
