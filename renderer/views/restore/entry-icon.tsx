import { File, Folder, Link2, Settings2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { CallAnswer } from '../../data/agent-call.ts';
import classes from './files.module.css';

type EntryType = CallAnswer<'snapshots', 'browse'>['entries'][number]['type'];

/** What an entry is, by shape; said to who does not see it. */
export function EntryIcon({ type }: { readonly type: EntryType }) {
  const { t } = useTranslation('restore');
  const [Icon, words] =
    type === 'dir'
      ? ([Folder, 'folder'] as const)
      : type === 'file'
        ? ([File, 'file'] as const)
        : type === 'symlink'
          ? ([Link2, 'link'] as const)
          : ([Settings2, 'other'] as const);
  return (
    <Icon
      size={18}
      className={classes.icon}
      role="img"
      aria-label={t(`type.${words}`)}
      data-folder={type === 'dir' || undefined}
    />
  );
}
