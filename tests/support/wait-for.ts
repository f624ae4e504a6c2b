/** Asks again until the answer is there: for what another process does in its own time. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 20_000,
): Promise<T> {
  const endMs = Date.now() + timeoutMs;
  let lastError: unknown;
  while (Date.now() < endMs) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      lastError = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: lastError });
}
