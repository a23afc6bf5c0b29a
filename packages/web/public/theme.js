// Sets theme, language and direction before the first paint. A classic file of its own: the page allows no inline script.
// `preferences.ts` owns the same key and keeps both up to date afterwards.
;(function () {
  var root = document.documentElement
  var preferences = {}
  try {
    preferences = JSON.parse(localStorage.getItem('user_preferences') || '{}') || {}
  } catch {
    preferences = {}
  }
  var isDark =
    preferences.theme === 'dark' ||
    (preferences.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  root.dataset.theme = isDark ? 'dark' : 'light'
  var wanted = preferences.language || navigator.language || 'en'
  if (wanted === 'system') wanted = navigator.language || 'en'
  var language = wanted.toLowerCase().split('-')[0]
  root.lang = language === 'fr' || language === 'ar' ? language : 'en'
  root.dir = language === 'ar' ? 'rtl' : 'ltr'
  var color = document.querySelector('meta[name="theme-color"]')
  if (color) color.setAttribute('content', isDark ? '#161926' : '#fbfbfd')
})()
