import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  Modal,
  ScrollArea,
  Skeleton,
  Stack,
  TextInput,
  Tooltip,
} from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import {
  ArrowUp,
  Download,
  File,
  FileText,
  Folder,
  HardDrive,
  House,
  Image,
  type LucideIcon,
  Monitor,
  Music,
  Video,
} from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ShellApi } from '../../src/control/shell.ts';
import { agentQuery, type CallAnswer } from '../data/agent-call.ts';
import { shell } from '../data/shell.ts';
import { ErrorAlert } from './error-alert.tsx';
import classes from './folder-picker.module.css';
import { PathText } from './path-text.tsx';

type FolderView = CallAnswer<'host', 'folder'>;
type PlaceKind = FolderView['places'][number]['kind'];

interface FolderPickerProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly onChoose: (path: string) => void;
  /** Files can be chosen too. */
  readonly files?: boolean;
  /** Where to begin; the home unless given. */
  readonly start?: string | undefined;
}

/** Chooses a folder of the machine that the agent runs on, which need not be the one that this page is shown on. */
export function FolderPicker(props: FolderPickerProps) {
  // The desktop's own dialog knows folders only.
  if (shell !== undefined && props.files !== true) return props.opened && <DesktopDialog {...props} shell={shell} />;
  return <PickerDialog {...props} />;
}

function DesktopDialog({ shell: api, onChoose, onClose }: FolderPickerProps & { readonly shell: ShellApi }) {
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    void api.chooseFolder().then((path) => {
      if (path !== undefined) onChoose(path);
      onClose();
    });
  }, [api, onChoose, onClose]);
  return null;
}

function PickerDialog({ opened, onClose, title, ...content }: FolderPickerProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size="lg"
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <PickerContent {...content} onClose={onClose} />
    </Modal>
  );
}

function PickerContent({ onClose, onChoose, files = false, start }: Omit<FolderPickerProps, 'opened' | 'title'>) {
  const { t } = useTranslation();
  const [path, setPath] = useState(start);
  const [hidden, setHidden] = useState(false);
  const { data, error } = useQuery({
    ...agentQuery('host', 'folder', { query: { files, ...(path === undefined ? {} : { path }) } }),
    // Folders change while nobody tells of it.
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
  const choose = (chosen: string) => {
    onChoose(chosen);
    onClose();
  };
  return (
    <Stack>
      <Places places={data?.places ?? []} current={data?.path} onOpen={setPath} />
      <Group gap="xs" wrap="nowrap">
        <Tooltip label={t('folder.up')}>
          <ActionIcon
            variant="default"
            size="input-sm"
            aria-label={t('folder.up')}
            disabled={data?.parent === undefined}
            onClick={() => setPath(data?.parent)}
          >
            <ArrowUp size={18} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <PathInput path={data?.path ?? path ?? ''} onOpen={setPath} />
      </Group>
      {error !== null && <ErrorAlert error={error} />}
      <Entries data={data} hidden={hidden} onOpen={setPath} onChoose={choose} />
      <Checkbox
        label={t('folder.hidden')}
        checked={hidden}
        onChange={(event) => setHidden(event.currentTarget.checked)}
      />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('action.cancel')}
        </Button>
        <Button disabled={data === undefined || error !== null} onClick={() => data !== undefined && choose(data.path)}>
          {t('folder.choose')}
        </Button>
      </Group>
    </Stack>
  );
}

const placeIcons: Readonly<Record<PlaceKind, LucideIcon>> = {
  home: House,
  desktop: Monitor,
  documents: FileText,
  pictures: Image,
  music: Music,
  videos: Video,
  downloads: Download,
  drive: HardDrive,
};

interface PlacesProps {
  readonly places: FolderView['places'];
  readonly current: string | undefined;
  readonly onOpen: (path: string) => void;
}

function Places({ places, current, onOpen }: PlacesProps) {
  const words = usePlaceWords();
  return (
    <Group gap={6}>
      {places.map((place) => {
        const Icon = placeIcons[place.kind];
        return (
          <Button
            key={place.path}
            size="compact-sm"
            variant={place.path === current ? 'light' : 'default'}
            leftSection={<Icon size={14} aria-hidden />}
            aria-pressed={place.path === current}
            onClick={() => onOpen(place.path)}
          >
            {words(place)}
          </Button>
        );
      })}
    </Group>
  );
}

/** What a place is called: "Documents"; of a drive its own name. */
export function usePlaceWords(): (place: FolderView['places'][number]) => string {
  const { t } = useTranslation();
  return ({ kind, path }) =>
    kind === 'drive' ? (path.split(/[/\\]/).filter(Boolean).pop() ?? path) : t(`place.${kind}`);
}

/** A path can be typed, too. */
function PathInput({ path, onOpen }: { readonly path: string; readonly onOpen: (path: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(path);
  useEffect(() => setText(path), [path]);
  return (
    <form
      className={classes.path}
      onSubmit={(event) => {
        event.preventDefault();
        // The dialog may be part of another form.
        event.stopPropagation();
        if (text.trim() !== '') onOpen(text.trim());
      }}
    >
      <TextInput
        aria-label={t('folder.path')}
        value={text}
        spellCheck={false}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </form>
  );
}

interface EntriesProps {
  readonly data: FolderView | undefined;
  readonly hidden: boolean;
  readonly onOpen: (path: string) => void;
  readonly onChoose: (path: string) => void;
}

function Entries({ data, hidden, onOpen, onChoose }: EntriesProps) {
  const { t } = useTranslation();
  if (data === undefined) return <Skeleton height={260} />;
  const shown = data.entries.filter((entry) => hidden || !entry.hidden);
  return (
    <ScrollArea
      h={260}
      type="auto"
      className={classes.list}
      viewportProps={{ tabIndex: 0, 'aria-label': t('folder.content') }}
    >
      {shown.length === 0 && <p className={classes.empty}>{t('folder.empty')}</p>}
      <ul>
        {shown.map(({ name, path, type }) => (
          <li key={path}>
            <button
              type="button"
              className={classes.entry}
              onClick={() => (type === 'folder' ? onOpen(path) : onChoose(path))}
            >
              {type === 'folder' ? <Folder size={18} aria-hidden /> : <File size={18} aria-hidden />}
              <PathText path={name} />
            </button>
          </li>
        ))}
      </ul>
      {data.more && <p className={classes.empty}>{t('folder.more')}</p>}
    </ScrollArea>
  );
}
