export * from './connect.ts';
export * from './exchange-store.ts';
export * from './model-store.ts';
