export function failedByAva(output: string): string[];
export function failedByPytest(output: string): string[];
