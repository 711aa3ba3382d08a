import {readConfig} from './config.ts';
import {startService} from './service.ts';
import {log, setLogLevel} from './telemetry/log.ts';

/**
 * Runs the service by the settings of the environment, until it is asked to stop. What happens is logged.
 * @returns the exit code: 1 where it could not start
 */
export async function serve(stop: AbortSignal): Promise<number> {
	stop.addEventListener('abort', () => log('info', 'stopping', {reason: (stop.reason as Error).message}));
	// Settings may be what keeps it from starting, that of the log among them.
	setLogLevel('info');
	try {
		const config = readConfig(process.env);
		setLogLevel(config.logLevel);
		log('info', 'model chosen', {model: config.model, reason: config.modelReason});
		const service = await startService(config, line => log('info', 'starting', {step: line}), stop);
		const {address, httpAddress} = service;
		log('info', 'listening', {address, httpAddress, model: config.model});
		if (!stop.aborted) {
			await new Promise(resolve => stop.addEventListener('abort', resolve, {once: true}));
		}

		await service.stop();
	} catch (error) {
		if (!stop.aborted) {
			log('error', 'start failed', {reason: (error as Error).message, error});
			return 1;
		}
	}

	log('info', 'stopped');
	return 0;
}
