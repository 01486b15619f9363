/** Why something is left out of a backup: which kind of rule, and which one, so that jobs can count by rule. */
export interface ExcludeReason {
  readonly kind:
    | 'pattern'
    | 'pattern-ignoring-case'
    | 'preset'
    | 'gitignore'
    | 'if-present'
    | 'larger-than'
    | 'other-file-system';
  /** The pattern, preset name, tag file, size or mount point as the user knows it. */
  readonly rule: string;
}
