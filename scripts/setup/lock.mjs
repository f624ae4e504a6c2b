/**
 * One set-up at a time in one checkout, also when `npm start` and `npm test` are begun together.
 * A lock whose owner is gone counts as free, so a killed set-up blocks nobody. Parses on Node 18.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

const pollMs = 200;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function tryToTake(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

function ownerOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

/** Runs `work` while holding the lock file; waits, saying so, while another live process holds it. */
export async function withLock(file, work) {
  let hasSaidSo = false;
  while (!tryToTake(file)) {
    const owner = ownerOf(file);
    if (owner > 0 && !isAlive(owner)) rmSync(file, { force: true });
    else if (!hasSaidSo) {
      hasSaidSo = true;
      console.log(`Waiting for another set-up in this folder (process ${owner}).`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, pollMs);
    });
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
