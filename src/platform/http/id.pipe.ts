import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { ValidationFailed } from '../errors/platform.errors';
import { isId } from '../text/ids';

/** An id in the path: `/contacts/12`. */
@Injectable()
export class IdPipe implements PipeTransform<string, number> {
  transform(value: string, { data: name = 'id' }: ArgumentMetadata): number {
    const id = /^\d{1,16}$/.test(value) ? Number(value) : undefined;
    if (!isId(id)) throw new ValidationFailed([{ path: name, code: 'INVALID_TYPE', message: `${name} in the path must be a whole number above 0` }]);
    return id;
  }
}
