import {setTimeout as delay} from 'node:timers/promises';
import {inScope} from '../../src/telemetry/edit-scope.ts';
import {log, setLogLevel, stackOf} from '../../src/telemetry/log.ts';

/** A program that logs; which part of it runs is its first argument. Says on stdout that it lived to its end. */
const parts: Record<string, () => Promise<void>> = {
	async levels() {
		log('error', 'before the level is set');
		setLogLevel('warning');
		log('info', 'below the level');
		log('warning', 'on the level', {count: 2});
		log('error', 'above the level', {error: new Error('told')});
	},
	async scope() {
		setLogLevel('info');
		const scope = {editId: 'e1', traceId: 't1', traceHeaders: () => ({})};
		async function* steps(): AsyncGenerator<number, void> {
			try {
				yield 1;
				await delay(1);
				log('info', 'inside');
			} finally {
				log('info', 'at the end');
			}
		}

		for await (const _ of inScope(scope, steps())) {
			log('info', 'outside');
		}
	},
	async quoting() {
		setLogLevel('info');
		try {
			JSON.parse('{"secret": ');
		} catch (error) {
			log('error', 'failed', {stack: stackOf(error)});
		}
	},
	async many() {
		setLogLevel('info');
		for (let i = 0; i < 200; i++) {
			log('info', 'line', {i, filler: 'x'.repeat(1000)});
			await delay(1);
		}
	},
	async flood() {
		setLogLevel('info');
		for (let i = 0; i < 4000; i++) {
			log('info', 'line', {i, filler: 'x'.repeat(1000)});
		}
	},
	async exit() {
		setLogLevel('info');
		log('error', 'last line');
		process.stdout.write('alive\n');
		process.exit(3);
	},
};

await parts[process.argv[2]!]!();
process.stdout.write('alive\n');
