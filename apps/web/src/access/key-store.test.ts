import { expect, test } from 'vitest';
import { keyStore } from './key-store.ts';

function storage() {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
}

const refuse = () => {
  throw new Error('denied');
};

function browser(address = 'https://vision.example/') {
  const [tab, computer] = [storage(), storage()];
  return { tab, computer, store: keyStore(address, { tab: () => tab, computer: () => computer }) };
}

test('a key stays with the tab or on the computer, in one place only, until it is forgotten', () => {
  const { tab, computer, store } = browser();
  expect(store.read()).toBeUndefined();
  store.keep('one', 'computer');
  expect([store.read(), tab.items.size, computer.items.size]).toEqual(['one', 0, 1]);
  store.keep('two', 'tab');
  expect([store.read(), tab.items.size, computer.items.size]).toEqual(['two', 1, 0]);
  store.forget();
  expect([store.read(), tab.items.size, computer.items.size]).toEqual([undefined, 0, 0]);
});

test('servers below different paths of one origin do not see each other’s keys', () => {
  const shared = storage();
  const at = (address: string) => keyStore(address, { tab: () => shared, computer: storage });
  at('https://vision.example/benthic/').keep('one', 'tab');
  expect(at('https://vision.example/midwater/').read()).toBeUndefined();
  expect(at('https://vision.example/benthic/index.html?x=1').read()).toBe('one');
});

test('a browser that keeps nothing is no trouble', () => {
  const store = keyStore('https://vision.example/', { tab: refuse, computer: refuse });
  store.keep('one', 'computer');
  store.forget();
  expect(store.read()).toBeUndefined();
});
