// Reads objects of KEDA and the Prometheus operator as JSON and prints one sentence per mistake as JSON. Their own
// validators let unknown fields pass, so the objects are also type-checked as literals, which does not.

import {text} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import {ScaledObject} from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import {PrometheusRule} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import {ServiceMonitor} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import ts from 'typescript';

interface CustomResource {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: {readonly name: string};
}

type Model = new (data: never) => {validate(): void};

const folders = {
	'keda.sh/v1alpha1': '@kubernetes-models/keda/keda.sh/v1alpha1',
	'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
} as Record<string, string>;
const models: Record<string, Model> = {ScaledObject, PrometheusRule, ServiceMonitor};

function valueProblems(resource: CustomResource): readonly string[] {
	const model = models[resource.kind];
	if (model === undefined || folders[resource.apiVersion] === undefined) {
		return [`no schema for ${resource.apiVersion} ${resource.kind}`];
	}

	try {
		new model(resource as never).validate();
		return [];
	} catch (error) {
		return [`${resource.kind} ${resource.metadata.name}: ${(error as Error).message}`];
	}
}

function fieldProblems(resources: readonly CustomResource[]): readonly string[] {
	const lines = resources.map(({apiVersion, kind}, index) => {
		const type = `import('${folders[apiVersion]}/${kind}').I${kind}`;
		return `export const resource${index}: ${type} = ${JSON.stringify(resources[index])};`;
	});
	// Never written: beside this file, so that the packages are found.
	const file = fileURLToPath(new URL('resources.generated.ts', import.meta.url));
	const options: ts.CompilerOptions = {
		module: ts.ModuleKind.NodeNext,
		moduleResolution: ts.ModuleResolutionKind.NodeNext,
		strict: true,
		skipLibCheck: true,
		noEmit: true,
		types: [],
	};
	const host = ts.createCompilerHost(options);
	const {getSourceFile, fileExists} = host;
	host.fileExists = name => name === file || fileExists(name);
	host.getSourceFile = (name, ...rest) =>
		name === file
			? ts.createSourceFile(name, lines.join('\n'), ts.ScriptTarget.ES2022, true)
			: getSourceFile(name, ...rest);
	const program = ts.createProgram([file], options, host);
	return ts
		.getPreEmitDiagnostics(program)
		.map(({messageText}) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

const resources: CustomResource[] = JSON.parse(await text(process.stdin));
const known = resources.filter(({apiVersion, kind}) => folders[apiVersion] && models[kind]);
const problems = [...resources.flatMap(valueProblems), ...fieldProblems(known)];
process.stdout.write(JSON.stringify(problems));
