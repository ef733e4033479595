import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Statement } from '../database/statement';

const GET = new Statement<{ value: string }>('installation_get', 'SELECT value FROM installation WHERE name = $1');
const ADD = new Statement('installation_add', 'INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING');
const SET = new Statement('installation_set', 'INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value');
const REMOVE = new Statement('installation_remove', 'DELETE FROM installation WHERE name = $1');

/** What holds for all processes on one database, whichever tenant they work for. */
@Injectable()
export class Installation {
  constructor(private readonly dataSource: DataSource) {}

  async get(name: string, em: EntityManager = this.dataSource.manager): Promise<string | undefined> {
    return (await GET.row(em, [name]))?.value;
  }

  /** @returns what holds: the value that was there before, if any */
  async agree(name: string, value: string): Promise<string> {
    await ADD.rows(this.dataSource.manager, [name, value]);
    return (await this.get(name)) ?? value;
  }

  async set(name: string, value: string, em: EntityManager = this.dataSource.manager): Promise<void> {
    await SET.rows(em, [name, value]);
  }

  async remove(name: string): Promise<void> {
    await REMOVE.rows(this.dataSource.manager, [name]);
  }
}
