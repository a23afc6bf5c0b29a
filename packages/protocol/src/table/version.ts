// The wire's version. Raised only when an old client could misunderstand a new server or the other way round.
// 1  2026-11  first version
export const PROTOCOL_VERSION = 1

/** Of the product: that of all packages. */
export const PRODUCT_VERSION = '0.1.0'
