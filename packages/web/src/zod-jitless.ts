// Must be the first import of the page: zod, when it comes, would otherwise try `new Function`, which the policy forbids
// and reports. It looks here for its settings.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } })
