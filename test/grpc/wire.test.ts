import {Client, credentials, type ServiceError, status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {byteModel} from '../helpers/byte-model.ts';
import {startServer} from '../helpers/start-server.ts';
import {TargetVerifier} from '../helpers/target-verifier.ts';

const applyEdit = '/redraft.v1.Redraft/ApplyEdit';
const original = [0x0a, 1, 0x61];
const instruction = [0x12, 2, 0x68, 0x69];
const malformed = 'message: expected one as the proto describes it, got bytes that are none';

/** What a service answers to the bytes of a message. */
async function answerTo(
	t: ExecutionContext,
	bytes: number[],
	method = applyEdit,
): Promise<Partial<ServiceError>> {
	const model = await byteModel(t);
	const {address} = await startServer(t, {model, verifier: new TargetVerifier({target: [model.endToken]})});
	const raw = new Client(address, credentials.createInsecure());
	t.teardown(() => raw.close());
	const pass = (sent: Buffer) => sent;
	return new Promise(resolve => {
		const call = raw.makeServerStreamRequest(method, pass, pass, Buffer.from(bytes));
		call.on('error', resolve);
		call.on('end', () => resolve({code: status.OK}));
		call.resume();
	});
}

const answers = test.macro({
	async exec(t, bytes: number[], code: status, details?: string, method?: string) {
		t.like(await answerTo(t, bytes, method), {code, ...(details !== undefined && {details})});
	},
	title: (name = '') => name,
});

const invalid = status.INVALID_ARGUMENT;
test('a well-formed message is answered', answers, [...original, ...instruction], status.OK);
test(
	'a field that the proto does not have is skipped',
	answers,
	[...original, ...instruction, 0x78, 1],
	status.OK,
);
test(
	'bytes that are not UTF-8 are refused by the name of their field',
	answers,
	[0x0a, 4, 0x61, 0xff, 0xfe, 0x62, ...instruction],
	invalid,
	'original: expected valid UTF-8, got bytes that are not',
);
test('a message that ends too early is refused', answers, [0x0a, 100, 0x61], invalid, malformed);
test('bytes that are no message are refused', answers, [0xff, 0xff, 0xff], invalid, malformed);
test('a number in place of a text is refused', answers, [0x08, 5, ...instruction], invalid, malformed);
test(
	'a text in place of a number is refused, in nested messages too',
	answers,
	[...original, ...instruction, 0x32, 4, 0x0a, 2, 0x61, 0x62],
	invalid,
	malformed,
);
test(
	'a health check that is no message is refused',
	answers,
	[0xff, 0xff, 0xff],
	invalid,
	malformed,
	'/grpc.health.v1.Health/Check',
);
