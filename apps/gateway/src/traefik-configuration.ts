/**
 * What changes while Traefik runs, in the form that its HTTP provider polls: the gateways that are there. All else of the
 * front door (rules, certificates, headers) stands in `traefik/`.
 */

/** Short, because a gateway that leaves goes on serving only for `SHOAL_LAME_DUCK_MS`. */
const healthCheck = { path: '/readyz', interval: '1s', timeout: '1s' };

export interface TraefikConfiguration {
  readonly http: {
    readonly services: {
      readonly gateways: {
        readonly loadBalancer: {
          readonly servers: readonly { readonly url: string }[];
          readonly healthCheck: typeof healthCheck;
        };
      };
    };
  };
}

/** `urls` sorted and at least one: equal lists must give equal texts, and Traefik takes no notice of an empty one. */
export function traefikConfiguration(urls: readonly string[]): TraefikConfiguration {
  const servers = urls.map((url) => ({ url }));
  return { http: { services: { gateways: { loadBalancer: { servers, healthCheck } } } } };
}
