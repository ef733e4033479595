import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, type Type, UseInterceptors, applyDecorators, mixin } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiConsumes } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type Observable, from, switchMap } from 'rxjs';
import { PayloadTooLarge, ValidationFailed } from '../errors/platform.errors';
import { FileEmpty, FileIntake, FileTooLarge, type StoredFile } from '../storage/file-intake';
import type { TenantContext } from '../tenancy/tenant-context';
import { type IncomingFile, readForm } from './multipart';

declare module 'fastify' {
  interface FastifyRequest {
    /** The file of a form. It goes with the request, unless whoever handles it keeps it. */
    upload?: Upload;
  }
}

/** A file that came with a form, in storage already. */
export interface Upload extends StoredFile {
  fileName: string;
  /** Set by who has made it his own. */
  kept: boolean;
}

interface UploadOptions {
  /** Of storage: the tenant's part of it is added. */
  folder: string;
  /** The most bytes that a file of a type may have. */
  limitOf: (contentType: string) => number;
}

/**
 * A route that takes a form with one file, named `file`. The file is in storage before the handler runs; the form's texts, and
 * what the file is, are the body, so that DTOs and Idempotency-Key see them as they see JSON.
 */
export const TakesUpload = (options: UploadOptions) => applyDecorators(RouteConfig({ multipart: true }), ApiConsumes('multipart/form-data'), UseInterceptors(uploads(options)));

function uploads({ folder, limitOf }: UploadOptions): Type<NestInterceptor> {
  @Injectable()
  class UploadInterceptor implements NestInterceptor {
    constructor(private readonly intake: FileIntake) {}

    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      const request = context.switchToHttp().getRequest<FastifyRequest & { ctx: TenantContext }>();
      return from(this.receive(request)).pipe(switchMap(() => from(this.handle(request, next))));
    }

    private async receive(request: FastifyRequest & { ctx: TenantContext }): Promise<void> {
      try {
        const fields = await readForm(request, async (file) => {
          if (request.upload || file.field !== 'file') throw invalid(file.field, request.upload ? 'UNKNOWN_FIELD' : 'INVALID_VALUE', 'is a file too many: send one, named file');
          request.upload = await this.take(request.ctx, file);
        });
        if (!request.upload) throw invalid('file', 'REQUIRED_FIELD', 'is required: the file, as curl -F file=@leads.csv sends it');
        const { fileName, contentType, size, sha256 } = request.upload;
        request.body = { ...fields, file: { fileName, contentType, size, sha256 } };
      } catch (error) {
        await this.discard(request);
        throw error;
      }
    }

    private async take({ tenantId }: TenantContext, { fileName, claimed, content }: IncomingFile): Promise<Upload> {
      try {
        return { ...(await this.intake.take({ folder: `${folder}/${tenantId}`, content, fileName, claimed, limitOf })), fileName, kept: false };
      } catch (error) {
        if (error instanceof FileEmpty) throw invalid('file', 'INVALID_VALUE', 'is empty');
        if (error instanceof FileTooLarge) {
          const { contentType, maxBytes } = error;
          throw new PayloadTooLarge(`The file is too large: one of type ${contentType} may have ${maxBytes / 1_000_000} MB.`, { contentType, maxBytes });
        }
        throw error;
      }
    }

    private async handle(request: FastifyRequest, next: CallHandler): Promise<unknown> {
      try {
        const answer = await new Promise((resolve, reject) => next.handle().subscribe({ next: resolve, error: reject, complete: () => resolve(undefined) }));
        await this.discard(request);
        return answer;
      } catch (error) {
        await this.discard(request, error);
        throw error;
      }
    }

    /** Also where the answer was given before (Idempotency-Key): nobody has kept this one. */
    private async discard({ upload }: FastifyRequest, error?: unknown): Promise<void> {
      if (upload && !upload.kept) await this.intake.discard(upload.storageKey, error);
    }
  }
  return mixin(UploadInterceptor);
}

const invalid = (path: string, code: string, message: string): ValidationFailed => new ValidationFailed([{ path, code, message }]);
