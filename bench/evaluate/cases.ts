import {readFileSync} from 'node:fs';
import {z} from 'zod';

const caseShape = z.object({
	/** Evaluation set that the case belongs to. */
	set: z.string().default('all'),
	kind: z.string().default(''),
	before: z.string().min(1),
	instruction: z.string().default(''),
	update: z.string().nullish(),
	language: z.string().default(''),
	/** The one right answer. */
	after: z.string(),
});

/** An edit with a known answer. */
export type Case = z.infer<typeof caseShape>;

/**
 * Reads one case from each line.
 * @throws {Error} names the file, the line and the field
 */
export function readCases(file: string): Case[] {
	const lines = readFileSync(file, 'utf8').split('\n');
	return lines.flatMap((line, index) => (line.trim() === '' ? [] : [readCase(line, `${file}:${index + 1}`)]));
}

function readCase(line: string, place: string): Case {
	let value: unknown;
	try {
		value = JSON.parse(line);
	} catch (error) {
		throw new Error(`${place}: expected a JSON object, got ${(error as Error).message}`);
	}

	const parsed = caseShape.safeParse(value);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		throw new Error(`${place}: ${issue!.path.join('.') || 'case'}: ${issue!.message}`);
	}

	return parsed.data;
}
