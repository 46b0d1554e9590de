// The pages and their paths. What a page shows is in its path and query, so that every view can be shared.
import { createRouter, createWebHistory } from 'vue-router'
import { whenSessionEnds } from './api/call.ts'
import { findPerson, forget } from './api/session.ts'

export const router = createRouter({
  history: createWebHistory('/ui/'),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', redirect: '/overview' },
    { path: '/sign-in', component: () => import('./pages/SignIn.vue'), meta: { isOpen: true } },
    { path: '/setup', component: () => import('./pages/SetUp.vue'), meta: { isOpen: true } },
    { path: '/overview', component: () => import('./pages/Overview.vue') },
    { path: '/upstreams', component: () => import('./pages/Upstreams.vue') },
    {
      path: '/upstreams/:id',
      component: () => import('./pages/Upstream.vue'),
      props: true,
      redirect: ({ params }) => `/upstreams/${String(params['id'])}/keys`,
      children: [
        { path: 'keys', component: () => import('./pages/UpstreamKeys.vue'), props: true },
        { path: 'connect', component: () => import('./pages/UpstreamConnect.vue'), props: true },
      ],
    },
    { path: '/clients', component: () => import('./pages/Clients.vue') },
    { path: '/routes', component: () => import('./pages/Routes.vue') },
    { path: '/routes/explain', component: () => import('./pages/RouteExplain.vue') },
    { path: '/routes/:id', component: () => import('./pages/RouteEdit.vue'), props: true },
    { path: '/requests', component: () => import('./pages/Requests.vue') },
    { path: '/usage', component: () => import('./pages/Usage.vue') },
    { path: '/jobs', component: () => import('./pages/Jobs.vue') },
    { path: '/:rest(.*)*', component: () => import('./pages/NotFound.vue') },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta['isOpen'] === true || (await findPerson()) !== undefined) return true
  return { path: '/sign-in', query: to.path === '/overview' ? {} : { next: to.fullPath } }
})

whenSessionEnds(() => {
  const { currentRoute } = router
  if (currentRoute.value.meta['isOpen'] === true) return
  forget()
  void router.push({ path: '/sign-in', query: { next: currentRoute.value.fullPath } })
})
