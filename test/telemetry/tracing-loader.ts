import {createRequire} from 'node:module';
import {startTracing} from '../../src/telemetry/tracing/start-tracing.ts';

/** Prints how many modules of OpenTelemetry a start loads; its argument is the endpoint, empty for none. */
const [, , endpoint] = process.argv;
await startTracing({endpoint: endpoint || undefined, serviceName: 'redraft'});
const loaded = Object.keys(createRequire(import.meta.url).cache);
process.stdout.write(String(loaded.filter(file => file.includes('@opentelemetry')).length));
process.exit();
