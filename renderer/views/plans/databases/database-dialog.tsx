import {
  Button,
  Checkbox,
  Group,
  Modal,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  TagsInput,
  TextInput,
} from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DatabaseConfig, DatabaseEngine } from '../../../../src/config/database.ts';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Fields } from '../../../components/fields.tsx';
import { useAgentMutation } from '../../../data/agent-call.ts';

const engines: readonly DatabaseEngine[] = ['postgresql', 'mysql', 'redis', 'mongodb'];
const usualPorts: Readonly<Record<DatabaseEngine, number>> = {
  postgresql: 5432,
  mysql: 3306,
  redis: 6379,
  mongodb: 27_017,
};

interface DatabaseDialogProps {
  readonly database: DatabaseConfig;
  readonly onClose: () => void;
  readonly onSave: (database: DatabaseConfig) => void;
}

/** Fields as they are typed: empty ones say nothing. */
interface Typed {
  readonly engine: DatabaseEngine;
  readonly name: string;
  readonly host: string;
  readonly port: number | '';
  readonly socket: string;
  readonly user: string;
  readonly databases: string[];
  readonly excludedTables: string[];
  readonly tls: boolean;
  readonly caFile: string;
  readonly replica: string;
}

/** One database server. Its password goes to the keychain at once; the plan holds its name only. */
export function DatabaseDialog({ database, onClose, onSave }: DatabaseDialogProps) {
  const { t } = useTranslation(['plans', 'common']);
  const [typed, setTyped] = useState(() => typedOf(database));
  const [password, setPassword] = useState('');
  const setSecret = useAgentMutation('settings', 'setSecret');
  const { engine } = typed;
  const set = (change: Partial<Typed>) => setTyped((now) => ({ ...now, ...change }));
  const save = async () => {
    const before = database.passwordSecret;
    const secret = before ?? `database-${crypto.randomUUID().slice(0, 8)}`;
    if (password !== '') await setSecret.mutateAsync({ params: { name: secret }, body: { value: password } });
    const kept = password === '' ? before : secret;
    onSave({ ...databaseOf(typed), ...(kept === undefined ? {} : { passwordSecret: kept }) });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('plans:databases.one')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common:action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          // It lies in the form of the plan, for React.
          event.stopPropagation();
          void save().catch(() => undefined);
        }}
      >
        <Stack>
          <Fields>
            <Select
              label={t('plans:databases.engine')}
              allowDeselect={false}
              data={engines.map((value) => ({ value, label: t(`plans:engine.${value}`) }))}
              value={engine}
              onChange={(value) => set({ engine: engines.find((one) => one === value) ?? engine })}
            />
            <TextInput
              label={t('plans:databases.name')}
              description={t('plans:databases.nameHow')}
              placeholder={engine}
              value={typed.name}
              onChange={(event) => set({ name: event.currentTarget.value })}
            />
            <TextInput
              label={t('plans:databases.host')}
              value={typed.host}
              disabled={typed.socket !== ''}
              onChange={(event) => set({ host: event.currentTarget.value })}
            />
            <NumberInput
              label={t('plans:databases.port')}
              placeholder={String(usualPorts[engine])}
              min={1}
              max={65_535}
              allowDecimal={false}
              thousandSeparator=""
              value={typed.port}
              disabled={typed.socket !== ''}
              onChange={(value) => set({ port: value === '' ? '' : Number(value) })}
            />
            <TextInput
              label={t('plans:databases.socket')}
              description={t('plans:databases.socketHow')}
              value={typed.socket}
              onChange={(event) => set({ socket: event.currentTarget.value })}
            />
            <TextInput
              label={t('plans:databases.user')}
              autoComplete="off"
              value={typed.user}
              onChange={(event) => set({ user: event.currentTarget.value })}
            />
            <PasswordInput
              label={t('plans:databases.password')}
              description={t(
                database.passwordSecret === undefined ? 'plans:databases.passwordHow' : 'plans:databases.passwordKept',
              )}
              autoComplete="new-password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            {engine !== 'redis' && (
              <>
                <TagsInput
                  label={t('plans:databases.databases')}
                  description={t('plans:databases.databasesHow')}
                  value={typed.databases}
                  onChange={(databases) => set({ databases })}
                />
                <TagsInput
                  label={t('plans:databases.excludedTables')}
                  description={t('plans:databases.excludedTablesHow')}
                  value={typed.excludedTables}
                  onChange={(excludedTables) => set({ excludedTables })}
                />
              </>
            )}
            <TextInput
              label={t('plans:databases.replica')}
              description={t('plans:databases.replicaHow')}
              value={typed.replica}
              onChange={(event) => set({ replica: event.currentTarget.value })}
            />
          </Fields>
          <Checkbox
            label={t('plans:databases.tls')}
            checked={typed.tls}
            onChange={(event) => set({ tls: event.currentTarget.checked })}
          />
          {typed.tls && (
            <TextInput
              label={t('plans:databases.caFile')}
              value={typed.caFile}
              onChange={(event) => set({ caFile: event.currentTarget.value })}
            />
          )}
          {setSecret.error !== null && <ErrorAlert error={setSecret.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common:action.cancel')}
            </Button>
            <Button type="submit" loading={setSecret.isPending}>
              {t('plans:databases.use')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function typedOf(database: DatabaseConfig): Typed {
  const { engine, name, host, port, socket, user, databases = [], excludedTables, tls, replica } = database;
  return {
    engine,
    name: name ?? '',
    host,
    port: port ?? '',
    socket: socket ?? '',
    user: user ?? '',
    databases,
    excludedTables,
    tls: tls !== undefined,
    caFile: tls?.caFile ?? '',
    replica:
      replica === undefined ? '' : [replica.host, ...(replica.port === undefined ? [] : [replica.port])].join(':'),
  };
}

function databaseOf(typed: Typed): DatabaseConfig {
  const { engine, name, host, port, socket, user, databases, excludedTables, tls, caFile, replica } = typed;
  const [, replicaHost = '', replicaPort] = /^(.*?)(?::(\d+))?$/.exec(replica.trim()) ?? [];
  const hasTables = engine !== 'redis';
  return {
    engine,
    host: host.trim() === '' ? 'localhost' : host.trim(),
    excludedTables: hasTables ? excludedTables : [],
    ...(name === '' ? {} : { name }),
    ...(port === '' ? {} : { port }),
    ...(socket === '' ? {} : { socket }),
    ...(user === '' ? {} : { user }),
    ...(hasTables && databases.length > 0 ? { databases } : {}),
    ...(tls ? { tls: caFile === '' ? {} : { caFile } } : {}),
    ...(replicaHost === ''
      ? {}
      : { replica: { host: replicaHost, ...(replicaPort === undefined ? {} : { port: Number(replicaPort) }) } }),
  };
}
