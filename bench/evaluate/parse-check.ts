import {createRequire} from 'node:module';
import path from 'node:path';
import type {Language, Parser} from '@vscode/tree-sitter-wasm';
import {resolveLanguage} from '../../src/edit/languages.ts';

// The package is a script of the older module system, whose exports Node cannot list.
const require = createRequire(import.meta.url);
const treeSitter = require('@vscode/tree-sitter-wasm') as typeof import('@vscode/tree-sitter-wasm');
const folder = path.dirname(require.resolve('@vscode/tree-sitter-wasm'));

const grammars: Readonly<Record<string, string>> = {
	bash: 'bash',
	c: 'cpp',
	cpp: 'cpp',
	csharp: 'c-sharp',
	css: 'css',
	go: 'go',
	java: 'java',
	javascript: 'javascript',
	jsx: 'javascript',
	php: 'php',
	python: 'python',
	ruby: 'ruby',
	rust: 'rust',
	tsx: 'tsx',
	typescript: 'typescript',
};

/** Tells whether texts are well formed, for the languages that there is a grammar for. */
export class ParseCheck {
	readonly #parser: Parser;
	readonly #languages = new Map<string, Language>();

	private constructor(parser: Parser) {
		this.#parser = parser;
	}

	static async create(): Promise<ParseCheck> {
		await treeSitter.Parser.init();
		return new ParseCheck(new treeSitter.Parser());
	}

	/**
	 * @returns undefined where the language has no grammar here
	 * @throws {UnknownLanguageError} the service knows no language of that name
	 */
	async parses(text: string, language: string): Promise<boolean | undefined> {
		const {tag} = resolveLanguage({language});
		if (tag === 'json') {
			return isJson(text);
		}

		const grammar = grammars[tag];
		if (grammar === undefined) {
			return undefined;
		}

		this.#parser.setLanguage(await this.#load(grammar));
		const tree = this.#parser.parse(text);
		try {
			return tree !== null && !tree.rootNode.hasError;
		} finally {
			tree?.delete();
		}
	}

	async #load(grammar: string): Promise<Language> {
		const known = this.#languages.get(grammar);
		if (known !== undefined) {
			return known;
		}

		const language = await treeSitter.Language.load(path.join(folder, `tree-sitter-${grammar}.wasm`));
		this.#languages.set(grammar, language);
		return language;
	}
}

function isJson(text: string): boolean {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}
