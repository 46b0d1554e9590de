// Starts the web UI.
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import App from './App.vue'
import { queryClient } from './api/queries.ts'
import { i18n, openLanguage } from './i18n/index.ts'
import { router } from './routes.ts'
import './style.css'

await openLanguage()
createApp(App).use(i18n).use(router).use(VueQueryPlugin, { queryClient }).mount('#app')
