/** The file of the client's types, as it follows from the description of the API that a gateway answers with. */
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { describeApi } from '../../apps/gateway/src/api-description/describe-api.ts';
import { writeInterfaces } from './write-interfaces.ts';

export const contractFile = fileURLToPath(
  new URL('../../packages/client/src/api-contract.ts', import.meta.url),
);

const opening = `/**
 * What the server sends and takes, written by \`npm run client-types\` from the description of its API. Do not edit: change what is
 * described, and run it again.
 */

`;

type Schemas = Parameters<typeof writeInterfaces>[0];

/** Answers of the older form are not the client's. */
const leftOut = /^Legacy/;

export async function generate(): Promise<string> {
  // As a gateway sends it.
  const api = JSON.parse(JSON.stringify(describeApi({ keys: 'unknown' }))) as {
    paths: Record<
      string,
      { post?: { requestBody: { content: Record<string, { schema: Schemas[string] }> } } }
    >;
    components: { schemas: Schemas };
  };
  const request = api.paths['/v1/predictions']?.post?.requestBody.content['application/json']?.schema;
  if (request === undefined) throw new Error('the API does not describe what /v1/predictions takes');
  const schemas = Object.fromEntries(
    Object.entries({ ...api.components.schemas, PredictionRequest: request }).filter(
      ([name]) => !leftOut.test(name),
    ),
  );
  const options = await resolveConfig(contractFile);
  return format(opening + writeInterfaces(schemas), { ...options, parser: 'typescript' });
}
