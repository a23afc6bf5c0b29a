// Where one can be. The list and the conversation are in the first load; everything else comes when it is asked for.
// Nobody signed in → sign-in, with the way back as a path of ours only (no open redirect, SECURITY §2).
import { createRouter, createWebHistory, type Router } from 'vue-router'
import AppShell from './AppShell.vue'
import { atDoor } from './features/auth/words.ts'
import { loadJoinPage } from './features/groups/lazy.ts'
import { safePath } from './safe-path.ts'
import { isSignedIn } from './use-session.ts'

declare module 'vue-router' {
  interface RouteMeta {
    /** Which pane a phone shows. */
    pane?: 'list' | 'chat' | 'info' | 'detail'
    isDoor?: boolean
  }
}

const empty = { render: () => null }

export function createAppRouter(): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      {
        path: '/',
        component: AppShell,
        children: [
          { path: '', name: 'list', component: empty, meta: { pane: 'list' } },
          { path: 'c/:conversationId', name: 'conversation', component: empty, meta: { pane: 'chat' } },
          { path: 'c/:conversationId/info', name: 'info', component: empty, meta: { pane: 'info' } },
          { path: 'new', name: 'new', component: empty, meta: { pane: 'list' } },
          { path: 'new/group', name: 'new-group', component: empty, meta: { pane: 'list' } },
          { path: 'starred', name: 'starred', component: empty, meta: { pane: 'list' } },
          { path: 'settings/:section?', name: 'settings', component: empty, meta: { pane: 'detail' } },
        ],
      },
      {
        path: '/sign-in',
        name: 'sign-in',
        component: atDoor(() => import('./features/auth/SignInPage.vue')),
        meta: { isDoor: true },
      },
      {
        path: '/sign-up',
        name: 'sign-up',
        component: atDoor(() => import('./features/auth/SignUpPage.vue')),
        meta: { isDoor: true },
      },
      {
        path: '/reset',
        name: 'reset',
        component: atDoor(() => import('./features/auth/ResetPage.vue')),
        meta: { isDoor: true },
      },
      {
        path: '/invite/:code',
        redirect: ({ params }) => ({ name: 'sign-up', query: { invite: params['code'] } }),
      },
      { path: '/join/:code', component: loadJoinPage, props: true },
      {
        path: '/console/:section?/:item?',
        name: 'console',
        component: () => import('./features/console/ConsoleDoor.vue'),
        props: true,
      },
      { path: '/:rest(.*)*', redirect: '/' },
    ],
  })
  router.beforeEach((to) => {
    const isDoor = to.meta.isDoor === true
    if (!isSignedIn() && !isDoor) {
      return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
    }
    if (isSignedIn() && isDoor) return safePath(to.query['next'])
    return true
  })
  return router
}
