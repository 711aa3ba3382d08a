// Original file: protos/redraft/v1/redraft.proto

export const TokenSource = {
  TOKEN_SOURCE_UNSPECIFIED: 'TOKEN_SOURCE_UNSPECIFIED',
  TOKEN_SOURCE_ORIGINAL: 'TOKEN_SOURCE_ORIGINAL',
  TOKEN_SOURCE_UPDATE: 'TOKEN_SOURCE_UPDATE',
  TOKEN_SOURCE_CONTEXT: 'TOKEN_SOURCE_CONTEXT',
  TOKEN_SOURCE_MODEL: 'TOKEN_SOURCE_MODEL',
} as const;

export type TokenSource =
  | 'TOKEN_SOURCE_UNSPECIFIED'
  | 0
  | 'TOKEN_SOURCE_ORIGINAL'
  | 1
  | 'TOKEN_SOURCE_UPDATE'
  | 2
  | 'TOKEN_SOURCE_CONTEXT'
  | 3
  | 'TOKEN_SOURCE_MODEL'
  | 4

export type TokenSource__Output = typeof TokenSource[keyof typeof TokenSource]
