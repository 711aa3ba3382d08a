/** A language that the service knows by name. */
export interface Language {
	/** Info string of a code fence. */
	readonly tag: string;
	/** Other names that a request may use, in lower case. */
	readonly aliases: readonly string[];
	/** Lower case, without the dot. */
	readonly extensions: readonly string[];
	/** Whole file names, in lower case. */
	readonly fileNames: readonly string[];
	/** What opens and what closes a one-line comment; closing is empty where the line's end does. */
	readonly comment: readonly [open: string, close: string];
}

/** The request names a language that is not on the list. */
export class UnknownLanguageError extends Error {
	override readonly name = 'UnknownLanguageError';
	/** What the field may hold. */
	readonly expected: string;
	/** What it held, quoted. */
	readonly got: string;

	constructor(language: string) {
		const expected = `one of ${LANGUAGES.map(({tag}) => tag).join(', ')}`;
		const got = JSON.stringify(language);
		super(`language: expected ${expected}, got ${got}`);
		this.expected = expected;
		this.got = got;
	}
}

const C_STYLE = ['//', ''] as const;
const HASH = ['#', ''] as const;
const DASHES = ['--', ''] as const;
const SEMICOLON = [';;', ''] as const;
const BLOCK = ['/*', '*/'] as const;
const MARKUP = ['<!--', '-->'] as const;
const PERCENT = ['%', ''] as const;

/** Stands for a file whose language is not known. */
const NO_LANGUAGE = define('', C_STYLE, '');

/** The closed list of languages. */
export const LANGUAGES: readonly Language[] = [
	define('bash', HASH, 'sh bash zsh ksh', 'shell sh zsh ksh shellscript', '.bashrc .zshrc .profile'),
	define('bat', ['REM', ''], 'bat cmd', 'batch'),
	define('c', C_STYLE, 'c h'),
	define('clojure', SEMICOLON, 'clj cljs cljc edn', 'clj'),
	define('cmake', HASH, 'cmake', '', 'cmakelists.txt'),
	define('cpp', C_STYLE, 'cpp cc cxx hpp hh hxx ino', 'c++ cxx'),
	define('csharp', C_STYLE, 'cs csx', 'c# cs'),
	define('css', BLOCK, 'css'),
	define('dart', C_STYLE, 'dart'),
	define('diff', HASH, 'diff patch', 'patch'),
	define('dockerfile', HASH, 'dockerfile', 'docker', 'dockerfile containerfile'),
	define('elixir', HASH, 'ex exs'),
	define('erlang', PERCENT, 'erl hrl'),
	define('fsharp', C_STYLE, 'fs fsi fsx', 'f# fs'),
	define('go', C_STYLE, 'go', 'golang'),
	define('graphql', HASH, 'graphql gql', 'gql'),
	define('groovy', C_STYLE, 'groovy gradle', 'gradle', 'jenkinsfile'),
	define('haskell', DASHES, 'hs', 'hs'),
	define('hcl', HASH, 'tf tfvars hcl', 'terraform tf'),
	define('html', MARKUP, 'html htm xhtml', 'htm'),
	define('ini', [';', ''], 'ini cfg conf properties', 'properties', '.editorconfig .gitconfig'),
	define('java', C_STYLE, 'java'),
	define('javascript', C_STYLE, 'js mjs cjs', 'js node ecmascript mjs cjs'),
	define('json', C_STYLE, 'json jsonc json5 webmanifest', 'jsonc json5'),
	define('jsx', C_STYLE, 'jsx', 'javascriptreact'),
	define('julia', HASH, 'jl', 'jl'),
	define('kotlin', C_STYLE, 'kt kts', 'kt'),
	define('latex', PERCENT, 'tex sty cls', 'tex'),
	define('less', C_STYLE, 'less'),
	define('lua', DASHES, 'lua'),
	define('makefile', HASH, 'mk mak', 'make', 'makefile gnumakefile'),
	define('markdown', MARKUP, 'md markdown mdx', 'md mdx'),
	define('nix', HASH, 'nix'),
	define('objectivec', C_STYLE, 'm mm', 'objective-c objc'),
	define('ocaml', ['(*', '*)'], 'ml mli', 'ml'),
	define('perl', HASH, 'pl pm', 'pl'),
	define('php', C_STYLE, 'php phtml'),
	define('powershell', HASH, 'ps1 psm1 psd1', 'pwsh ps1'),
	define('protobuf', C_STYLE, 'proto', 'proto'),
	define('python', HASH, 'py pyi pyw', 'py python3'),
	define('r', HASH, 'r', 'rlang'),
	define('ruby', HASH, 'rb rake gemspec', 'rb', 'gemfile rakefile'),
	define('rust', C_STYLE, 'rs', 'rs'),
	define('scala', C_STYLE, 'scala sc sbt'),
	define('scss', C_STYLE, 'scss sass', 'sass'),
	define('solidity', C_STYLE, 'sol', 'sol'),
	define('sql', DASHES, 'sql'),
	define('svelte', MARKUP, 'svelte'),
	define('swift', C_STYLE, 'swift'),
	define('text', HASH, 'txt text log csv tsv', 'txt plain plaintext plain_text'),
	define('toml', HASH, 'toml', '', 'cargo.lock poetry.lock'),
	define('tsx', C_STYLE, 'tsx', 'typescriptreact'),
	define('typescript', C_STYLE, 'ts mts cts', 'ts mts cts'),
	define('vue', MARKUP, 'vue'),
	define('xml', MARKUP, 'xml xsd xsl svg plist csproj'),
	define('yaml', HASH, 'yaml yml', 'yml'),
	define('zig', C_STYLE, 'zig'),
];

const BY_NAME = index(({tag, aliases}) => [tag, ...aliases]);
const BY_EXTENSION = index(({extensions}) => extensions);
const BY_FILE_NAME = index(({fileNames}) => fileNames);

/**
 * The language of a request: the one it names, else the one of the path's file name. An unknown extension, or
 * neither field, gives a language with an empty tag; a wrong guess would only mislead the model.
 * @throws {UnknownLanguageError} `language` names none on the list
 */
export function resolveLanguage(request: {
	readonly language?: string | undefined;
	readonly path?: string | undefined;
}): Language {
	const name = request.language?.trim().toLowerCase() ?? '';
	if (name === '') {
		return languageOfPath(request.path ?? '');
	}

	const language = BY_NAME.get(name);
	if (!language) {
		throw new UnknownLanguageError(request.language!);
	}

	return language;
}

/** The line that stands in an update for code left out, in the language's comment syntax. */
export function existingCodeMarker({comment: [open, close]}: Language): string {
	return `${open} ... existing code ...${close === '' ? '' : ` ${close}`}`;
}

function languageOfPath(path: string): Language {
	const fileName = path.split(/[\\/]/).at(-1)!.toLowerCase();
	const extension = /\.([^.]+)$/.exec(fileName)?.[1] ?? '';
	return BY_FILE_NAME.get(fileName) ?? BY_EXTENSION.get(extension) ?? NO_LANGUAGE;
}

/** Lists are written with a space between their items. */
function define(
	tag: string,
	comment: Language['comment'],
	extensions: string,
	aliases = '',
	fileNames = '',
): Language {
	const [names, endings, files] = [aliases, extensions, fileNames].map(list =>
		list.split(' ').filter(item => item !== ''),
	);
	return {tag, comment, aliases: names!, extensions: endings!, fileNames: files!};
}

function index(keysOf: (language: Language) => readonly string[]): ReadonlyMap<string, Language> {
	return new Map(LANGUAGES.flatMap(language => keysOf(language).map(key => [key, language] as const)));
}
