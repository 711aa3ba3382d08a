import test from 'ava';
import {ConfigError, readConfig} from '../src/config.ts';

test('a bad value names the variable, what was expected and what came', t => {
	const error = t.throws(() => readConfig({REDRAFT_MAX_OPEN_EDITS: 'many', REDRAFT_STEP_TIMEOUT_MS: '-5'}), {
		instanceOf: ConfigError,
	});
	t.regex(error.message, /^REDRAFT_MAX_OPEN_EDITS: expected .*number.*, got "many"$/m);
	t.regex(error.message, /^REDRAFT_STEP_TIMEOUT_MS: expected .*100.*, got "-5"$/m);
});

test('an empty variable counts as absent', t => {
	t.is(readConfig({REDRAFT_LISTEN: ''}).listen, '127.0.0.1:50051');
});

test('an external Triton without a tokenizer directory is refused', t => {
	t.throws(() => readConfig({TRITON_URLS: 'triton:8001'}), {message: /^REDRAFT_MODEL_DIR: expected/});
});

test('a URL with a scheme is refused in place of being resolved as a host name', t => {
	t.throws(() => readConfig({TRITON_URLS: 'http://triton:8001', REDRAFT_MODEL_DIR: '.'}), {
		message: /^TRITON_URLS: expected host:port/,
	});
});

test('XDG_CACHE_HOME moves everything that is written', t => {
	t.is(readConfig({XDG_CACHE_HOME: '/var/cache'}).cacheDirectory, '/var/cache/redraft');
});

test('the settings cannot be changed after the start', t => {
	t.true(Object.isFrozen(readConfig({})));
});

test('Tritons are a list of addresses or a name that resolves to them', t => {
	const read = (given: string) => readConfig({TRITON_URLS: given, REDRAFT_MODEL_DIR: '.'}).tritonTarget;
	t.deepEqual(read('a:8001, b:8001'), {kind: 'list', addresses: ['a:8001', 'b:8001']});
	t.deepEqual(read('dns:///triton.production:8001'), {kind: 'dns', name: 'triton.production', port: 8001});
	t.throws(() => read('dns:///triton'), {message: /^TRITON_URLS: expected host:port between commas, or dns/});
});
