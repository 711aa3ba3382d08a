import {readConfig} from './config.ts';
import {startService} from './service.ts';
import {log, setLogLevel} from './telemetry/log.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.once(signal, () => {
		log('info', 'stopping', {signal});
		stop.abort();
	});
}

try {
	const config = readConfig(process.env);
	setLogLevel(config.logLevel);
	const service = await startService(config, line => log('info', 'starting', {step: line}), stop.signal);
	log('info', 'listening', {address: service.address, model: config.model});
	if (!stop.signal.aborted) {
		await new Promise(resolve => stop.signal.addEventListener('abort', resolve, {once: true}));
	}

	await service.stop();
} catch (error) {
	if (!stop.signal.aborted) {
		log('error', 'start failed', {error});
		process.exitCode = 1;
	}
}
