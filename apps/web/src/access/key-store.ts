/**
 * Where the browser keeps the API key that a person gave: with the tab, or, if that was wanted, on this computer until it is
 * forgotten. A browser that keeps nothing is no trouble: the key then lives as long as the page.
 */

export interface KeyStore {
  read(): string | undefined;
  /** Also takes it out of where it was kept before. */
  keep(key: string, where: 'tab' | 'computer'): void;
  forget(): void;
}

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * @param address of the page: several servers may share an origin, below paths of their own
 * @param storages asked for when they are needed, because asking may throw
 */
export function keyStore(
  address: string,
  storages: { readonly tab: () => Storage; readonly computer: () => Storage },
): KeyStore {
  const name = `shoal-api-key ${new URL('.', address).pathname}`;
  const each = [storages.tab, storages.computer];
  const forget = (): void => each.forEach((storage) => attempt(() => storage().removeItem(name)));
  return {
    read: () =>
      each
        .map((storage) => attempt(() => storage().getItem(name)))
        .find((key) => key !== null && key !== undefined) ?? undefined,
    keep(key, where) {
      forget();
      attempt(() => storages[where]().setItem(name, key));
    },
    forget,
  };
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
