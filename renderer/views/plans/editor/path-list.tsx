import { Button, CloseButton, Group, Text, TextInput } from '@mantine/core';
import { File, FolderOpen } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FolderPicker } from '../../../components/folder-picker.tsx';
import { PathText, visiblePath } from '../../../components/path-text.tsx';
import classes from './editor.module.css';

interface PathListProps {
  /** Of the whole, for screen readers. */
  readonly label: string;
  readonly paths: readonly string[];
  readonly onChange: (paths: string[]) => void;
  /** What is wrong with one, by its place in the list. */
  readonly errorOf?: (index: number) => string | undefined;
  /** What the button says. */
  readonly addLabel: string;
}

/** Files and folders of the agent's machine: chosen, typed, taken off. */
export function PathList({ label, paths, onChange, errorOf, addLabel }: PathListProps) {
  const { t } = useTranslation('plans');
  const [isPicking, setPicking] = useState(false);
  const [typed, setTyped] = useState('');
  const add = (path: string) => onChange([...paths.filter((one) => one !== path), path]);
  const addTyped = () => {
    if (typed.trim() === '') return;
    add(typed.trim());
    setTyped('');
  };
  return (
    <>
      <ul className={classes.items} aria-label={label}>
        {paths.map((path, index) => (
          <li key={path} className={classes.item}>
            <FolderOpen size={18} aria-hidden className={classes.icon} />
            <div className={classes.grow}>
              <PathText path={path} />
              {errorOf?.(index) !== undefined && (
                <Text size="sm" c="red.9">
                  {errorOf(index)}
                </Text>
              )}
            </div>
            <CloseButton
              aria-label={t('paths.remove', { path: visiblePath(path) })}
              onClick={() => onChange(paths.filter((one) => one !== path))}
            />
          </li>
        ))}
      </ul>
      <Group gap="sm" align="end">
        <Button variant="light" leftSection={<FolderOpen size={16} aria-hidden />} onClick={() => setPicking(true)}>
          {addLabel}
        </Button>
        <TextInput
          aria-label={t('paths.typed')}
          placeholder={t('paths.typed')}
          leftSection={<File size={16} aria-hidden />}
          flex={1}
          miw={200}
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            addTyped();
          }}
          onBlur={addTyped}
        />
      </Group>
      <FolderPicker opened={isPicking} onClose={() => setPicking(false)} title={addLabel} onChoose={add} files />
    </>
  );
}
