"""How each CRM's export maps to client fields: the one definition, for the exports, the demo runner and the tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import yaml


@dataclass(frozen=True, slots=True)
class Source:
    """One export. `fields` maps columns to field paths; column order is the file's, id first and modified last."""

    name: str
    id_column: str
    modified_column: str
    fields: Mapping[str, str]

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.id_column, *self.fields, self.modified_column)

    def command(self) -> str:
        """The `cadastre ingest` call that loads the export from its folder."""
        head = f"cadastre ingest {self.file} --source {self.name}"
        ids = f"--id {_quoted(self.id_column)} --modified {_quoted(self.modified_column)}"
        maps = (f"--map {_quoted(f'{column}={field}')}" for column, field in self.fields.items())
        return " \\\n  ".join((head, ids, *maps))


SALESFORCE = Source(
    "salesforce",
    "Id",
    "LastModifiedDate",
    MappingProxyType(
        {
            "Name": "name",
            "BillingStreet": "street",
            "BillingCity": "city",
            "BillingState": "subdivision",
            "BillingPostalCode": "postal_code",
            "BillingCountry": "country",
            "Phone": "phone",
            "Website": "website",
            "Type": "client_type",
            "Industry": "industry",
            "AnnualRevenue": "revenue.amount",
            "CurrencyIsoCode": "revenue.currency",
            "NumberOfEmployees": "employees",
            "AUM__c": "aum.amount",
            "AUM_Currency__c": "aum.currency",
            "LEI__c": "lei",
            "Tax_ID__c": "tax_id",
            "CRD__c": "identifiers.crd",
            "ParentId": "parent_record",
            "CreatedDate": "created_at",
        }
    ),
)
HUBSPOT = Source(
    "hubspot",
    "Record ID",
    "Last Modified Date",
    MappingProxyType(
        {
            "Company name": "name",
            "Street Address": "street",
            "City": "city",
            "State/Region": "subdivision",
            "Postal Code": "postal_code",
            "Country/Region": "country",
            "Phone Number": "phone",
            "Website URL": "website",
            "Type": "client_type",
            "Industry": "industry",
            "Annual Revenue": "revenue.amount",
            "Currency": "revenue.currency",
            "Number of Employees": "employees",
            "AUM": "aum.amount",
            "AUM currency": "aum.currency",
            "LEI": "lei",
            "CRD Number": "identifiers.crd",
            "Parent Company ID": "parent_record",
            "Create Date": "created_at",
        }
    ),
)
DYNAMICS = Source(
    "dynamics",
    "accountid",
    "modifiedon",
    MappingProxyType(
        {
            "name": "name",
            "address1_line1": "street",
            "address1_city": "city",
            "address1_stateorprovince": "subdivision",
            "address1_postalcode": "postal_code",
            "address1_country": "country",
            "telephone1": "phone",
            "emailaddress1": "email",
            "websiteurl": "website",
            "customertypecode": "client_type",
            "industrycode": "industry",
            "revenue": "revenue.amount",
            "transactioncurrencyid": "revenue.currency",
            "numberofemployees": "employees",
            "new_aum": "aum.amount",
            "new_aumcurrency": "aum.currency",
            "new_lei": "lei",
            "new_taxid": "tax_id",
            "parentaccountid": "parent_record",
            "createdon": "created_at",
        }
    ),
)
SOURCES = (SALESFORCE, HUBSPOT, DYNAMICS)


def document(folder: str = "mock_clients") -> str:
    """The same as YAML, files named relative to the document: what the demo reads."""
    content = {
        source.name: {
            "file": f"{folder}/{source.file}",
            "id": source.id_column,
            "modified": source.modified_column,
            "map": dict(source.fields),
        }
        for source in SOURCES
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _quoted(text: str) -> str:
    return f"'{text}'" if " " in text or "=" in text else text
