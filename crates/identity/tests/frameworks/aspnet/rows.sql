INSERT INTO "AspNetUsers" VALUES
    ('6f9619ff-8b86-d011-b42d-00c04fc964ff', 'ada@example.com', 'ADA@EXAMPLE.COM', 'ada@example.com', 'ADA@EXAMPLE.COM', 1,
     'AQAAAAIAAYagAAAAEMDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3OA==', 'STAMP', 'stamp', NULL, 0, 0, NULL, 1, 0),
    ('6f9619ff-8b86-d011-b42d-00c04fc964fe', 'bob@example.com', 'BOB@EXAMPLE.COM', 'bob@example.com', 'BOB@EXAMPLE.COM', 0,
     'AQAAAAIAAYagAAAAEMDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3OA==', 'STAMP', 'stamp', NULL, 0, 0, NULL, 1, 0);
