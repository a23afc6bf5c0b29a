// Starts the page: preferences, words, the engine, then the interface. Order matters: zod's setting comes first.
import './zod-jitless.ts'
import '@fontsource-variable/radio-canada/wght.css'
import './design/tokens.css'
import './design/base.css'
import './design/people.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { startClient } from './client.ts'
import { createWords, loadWords } from './i18n.ts'
import './install-prompt.ts'
import { usePreferences } from './preferences.ts'
import { createAppRouter } from './router.ts'
import { registerServiceWorker } from './register-service-worker.ts'

async function start(): Promise<void> {
  const app = createApp(App)
  app.use(createPinia())
  const language = usePreferences().shownLanguage
  // The words and the cache are read side by side; the first picture already shows the messages.
  const [words] = await Promise.all([loadWords(language), startClient()])
  app.use(createWords(language, words))
  app.use(createAppRouter())
  app.mount('#app')
  registerServiceWorker()
}

void start()
