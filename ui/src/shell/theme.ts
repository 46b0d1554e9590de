// Light, dark, or as the system says; public/theme.js applies the choice before the first paint.
import { ref, watch } from 'vue'

export type Theme = 'system' | 'light' | 'dark'

const STORED = 'theme'
const system = matchMedia('(prefers-color-scheme: dark)')
const stored = localStorage.getItem(STORED)

export const theme = ref<Theme>(stored === 'light' || stored === 'dark' ? stored : 'system')

function apply(): void {
  document.documentElement.classList.toggle('dark', theme.value === 'dark' || (theme.value === 'system' && system.matches))
}

watch(theme, (chosen) => {
  if (chosen === 'system') localStorage.removeItem(STORED)
  else localStorage.setItem(STORED, chosen)
  apply()
})
system.addEventListener('change', apply)
