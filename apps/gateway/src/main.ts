/** The gateway process. */
import { settingsOrExit } from '@shoal/shared/service';
import { serveGateway } from './serve-gateway.ts';

await serveGateway(settingsOrExit('gateway'));
