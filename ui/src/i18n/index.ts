// Languages: English is complete by definition, the others have exactly its keys. Each is a file of its own, loaded when it is chosen.
import { createI18n } from 'vue-i18n'
import en, { type Messages } from './en.ts'

export const LANGUAGES = { en: 'English', zh: '中文' } as const
export type Language = keyof typeof LANGUAGES

const STORED = 'language'

export const i18n = createI18n<false>({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: { en } })

/** The language that the person chose, or else that of the browser. */
export async function openLanguage(): Promise<void> {
  const chosen = localStorage.getItem(STORED) ?? navigator.languages.find((name) => name.slice(0, 2) in LANGUAGES)?.slice(0, 2)
  await useLanguage(chosen === 'zh' ? 'zh' : 'en', false)
}

/** @param isChosen by the person: remembered */
export async function useLanguage(language: Language, isChosen = true): Promise<void> {
  if (language === 'zh') i18n.global.setLocaleMessage('zh', (await import('./zh.ts')).default satisfies Messages)
  i18n.global.locale.value = language
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  if (isChosen) localStorage.setItem(STORED, language)
}
