import {readConfig} from './config.ts';
import {startService} from './service.ts';
import {stopSignal} from './stop-signal.ts';
import {log, setLogLevel} from './telemetry/log.ts';

const stop = stopSignal(signal => log('info', 'stopping', {signal}));

try {
	const config = readConfig(process.env);
	setLogLevel(config.logLevel);
	const service = await startService(config, line => log('info', 'starting', {step: line}), stop);
	log('info', 'listening', {address: service.address, model: config.model});
	if (!stop.aborted) {
		await new Promise(resolve => stop.addEventListener('abort', resolve, {once: true}));
	}

	await service.stop();
	log('info', 'stopped');
} catch (error) {
	if (!stop.aborted) {
		log('error', 'start failed', {error});
		process.exitCode = 1;
	}
}
