/**
 * What is known against the packages that are shipped. There are three answers, and the third is that nobody could be
 * asked: a registry that is away, that has no such service, or whose service knows nothing is never "all is well".
 */
import { runPnpm, type Ended } from './run-pnpm.ts';

export type AuditAnswer =
  | { readonly kind: 'clean'; readonly packages: number }
  | { readonly kind: 'found'; readonly advisories: readonly Advisory[] }
  | { readonly kind: 'not asked'; readonly reason: string };

export interface Advisory {
  readonly package: string;
  readonly severity: string;
  readonly title: string;
  readonly url: string;
  readonly vulnerableVersions: string;
}

interface Report {
  readonly advisories: Readonly<
    Record<
      string,
      {
        readonly module_name: string;
        readonly severity: string;
        readonly title: string;
        readonly url: string;
        readonly vulnerable_versions: string;
      }
    >
  >;
  readonly metadata: { readonly totalDependencies: number };
}

const askTimeoutMs = 60_000;

/** Known since 2020 and rated critical: a service that has nothing against it has nothing against anybody. */
const canary = { minimist: ['0.0.8'] };

/** `registry` is asked in place of the one that pnpm is set to. Throws `NoPnpmError`. */
export async function askForAdvisories(registry?: string): Promise<AuditAnswer> {
  const ended = await runPnpm(
    ['audit', '--prod', '--json', ...(registry === undefined ? [] : ['--registry', registry])],
    askTimeoutMs,
  );
  const report = parseReport(ended);
  if (report === undefined) return { kind: 'not asked', reason: reasonOf(ended) };
  const advisories = Object.values(report.advisories).map((found) => ({
    package: found.module_name,
    severity: found.severity,
    title: found.title,
    url: found.url,
    vulnerableVersions: found.vulnerable_versions,
  }));
  if (advisories.length > 0) return { kind: 'found', advisories };
  if (report.metadata.totalDependencies === 0)
    return { kind: 'not asked', reason: 'pnpm found no packages to ask about' };
  const silence = await reasonForSilence(registry ?? (await configuredRegistry()));
  return silence === undefined
    ? { kind: 'clean', packages: report.metadata.totalDependencies }
    : { kind: 'not asked', reason: silence };
}

function parseReport({ code, stdout }: Ended): Report | undefined {
  // 1 is said both of advisories and of failures; only the former come with a report.
  if (code !== 0 && code !== 1) return undefined;
  try {
    const report = JSON.parse(stdout) as Partial<Report>;
    return report.advisories && report.metadata ? (report as Report) : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf({ code, stderr }: Ended): string {
  if (code === undefined) return `the registry did not answer within ${askTimeoutMs / 1_000} s`;
  const said = stderr
    .split('\n')
    .filter((line) => !line.startsWith('npm warn') && !line.startsWith('[WARN]'));
  return said.join(' ').replaceAll(/[│×]/g, '').replaceAll(/\s+/g, ' ').trim() || `pnpm ended with ${code}`;
}

async function configuredRegistry(): Promise<string> {
  return (await runPnpm(['config', 'get', 'registry'])).stdout.trim();
}

async function reasonForSilence(registry: string): Promise<string | undefined> {
  try {
    const response = await fetch(new URL('-/npm/v1/security/advisories/bulk', withSlash(registry)), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(canary),
      signal: AbortSignal.timeout(askTimeoutMs),
    });
    const known = (await response.json()) as Record<string, readonly unknown[]>;
    return (known['minimist']?.length ?? 0) > 0
      ? undefined
      : 'the registry knows of no advisory even against minimist 0.0.8, so its silence means nothing';
  } catch (error) {
    return `the registry was asked about minimist 0.0.8 and failed: ${(error as Error).message}`;
  }
}

const withSlash = (address: string): string => (address.endsWith('/') ? address : `${address}/`);
