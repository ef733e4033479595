/** Reports of bulk work: how they are built, kept and read. */
export { OperationsModule } from './operations.module';
export { type BulkResult, OperationsService } from './operations.service';
export { type BulkCode, type BulkIssue, type BulkReport, ItemLog, reportOf, summaryOf } from './bulk-report';
export { type Json, NOT_TEXT, clientRefOf, idOf, instantOf, isObject, jsonOf, objectOf, textOf, warnUnknown } from './item-reader';
export { BulkResultDto } from './dto/operation.dto';
export { InvalidBatch, MAX_ITEMS, readBatch } from './batch-envelope';
