import type {Context} from 'hono';
import type {z} from 'zod';
import {InvalidRequestError} from '../edit/invalid-request-error.ts';
import {HttpError} from './http-error.ts';

/**
 * The body of a request, read and checked. Nothing but JSON is taken, so that no page of another origin can send one
 * without being asked for its permission.
 * @param onRead is told the size of the body, in bytes
 * @throws {HttpError} the body has another type or is too large
 * @throws {InvalidRequestError} names the field, what was expected and what came
 */
export async function readJson<Schema extends z.ZodType>(
	context: Context,
	schema: Schema,
	maxBytes: number,
	onRead: (numBytes: number) => void,
): Promise<z.output<Schema>> {
	const type = context.req.header('content-type') ?? '';
	if (!/^application\/json *(;|$)/i.test(type)) {
		throw new HttpError(415, `content-type: expected application/json, got ${JSON.stringify(type)}`);
	}

	const read = await readBody(context.req.raw, maxBytes);
	onRead(read.length);
	const parsed = parse(read);
	checkNumValues(parsed);
	const {data, error} = schema.safeParse(parsed);
	if (error) {
		const [issue] = error.issues;
		throw new InvalidRequestError(fieldOf(issue!.path), ...expectationOf(issue!.message));
	}

	return data;
}

async function readBody({body}: Request, maxBytes: number): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	let length = 0;
	for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
		length += chunk.length;
		if (length > maxBytes) {
			const message = `request body: expected at most ${maxBytes} bytes, got more`;
			throw new HttpError(413, message, {code: 'request_too_large'});
		}

		chunks.push(chunk);
	}

	return Buffer.concat(chunks);
}

function parse(body: Buffer): unknown {
	try {
		return JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(body));
	} catch (error) {
		const reason = error instanceof TypeError ? 'bytes that are not UTF-8' : 'something else';
		throw new InvalidRequestError('request body', 'JSON in UTF-8', reason);
	}
}

/** Far more than any request has. */
const maxValues = 16_384;

/** A schema tells of every value that is wrong, which of a million takes seconds and a gigabyte. */
function checkNumValues(body: unknown): void {
	const values = [body];
	for (const value of values) {
		const children: readonly unknown[] =
			typeof value === 'object' && value !== null ? Object.values(value) : [];
		if (values.length + children.length > maxValues) {
			throw new InvalidRequestError('request body', `at most ${maxValues} values`, 'more');
		}

		values.push(...children);
	}
}

/** As OpenAI writes it: `messages[0].content`. */
function fieldOf(path: readonly PropertyKey[]): string {
	const field = path.map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
	return field.replace(/^\./, '') || 'request body';
}

/** Messages of the schemas read "expected …, received …" or "expected …". */
function expectationOf(message: string): [expected: string, got: string] {
	const [expected, got = 'another value'] = message
		.replace(/^[A-Z][a-z ]*: /, '')
		.replace(/^expected /, '')
		.split(', received ');
	return [expected!, got === 'undefined' ? 'nothing' : got];
}
