// The door, for tests and benches: a server in the same process.
export { createApp, type App, type Instead } from './app.ts'
export { loadConfig, type Config } from './config.ts'
export { describeConfig } from './settings.ts'
