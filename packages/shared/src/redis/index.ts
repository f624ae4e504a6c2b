export * from './connect.ts';
export * from './exchange-store.ts';
export * from './gateway-store.ts';
export * from './gpu-store.ts';
export * from './model-store.ts';
export * from './read-memory.ts';
