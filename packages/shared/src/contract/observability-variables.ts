/**
 * The variables of docker-compose.observability.yml, which no service reads: they are declared beside the others to be
 * told of, and checked, in the same way.
 */
import { optionalVariable, text, variable, wholeNumber, type Variable } from './variable.ts';

const compose = ['compose'] as const;

export const observabilityVariables = {
  PROMETHEUS_IMAGE: variable(compose, text, 'prom/prometheus:v3.13.4', 'The Prometheus that watches.'),
  GRAFANA_IMAGE: variable(compose, text, 'grafana/grafana:13.2.3', 'The Grafana that draws.'),
  SHOAL_PROMETHEUS_PORT: variable(
    compose,
    wholeNumber(1, 65_535),
    '9090',
    'Port of Prometheus, on 127.0.0.1 of this machine.',
  ),
  SHOAL_GRAFANA_PORT: variable(
    compose,
    wholeNumber(1, 65_535),
    '3000',
    'Port of Grafana, on 127.0.0.1 of this machine.',
  ),
  SHOAL_GRAFANA_PASSWORD: optionalVariable(
    compose,
    text,
    'Password of Grafana’s user `admin`; needed with docker-compose.observability.yml.',
  ),
} as const satisfies Record<string, Variable>;
