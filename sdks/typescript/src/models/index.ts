export type * from './agents.js';
export type * from './audit.js';
export type * from './credentials.js';
export type * from './delegation.js';
export type * from './json.js';
export type * from './marketplace.js';
export type * from './oauth2.js';
export type * from './page.js';
