/**
 * What `pwsh` runs for one cmdlet. It holds no secret: the request, with the token, comes as one JSON document on
 * standard input; the answer is the last line of standard output. `$input` is read, since pwsh drains redirected
 * input itself when it runs an encoded command. Non-ASCII text is escaped both ways, so that no code page matters.
 */
export const script = `
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
$InformationPreference = 'SilentlyContinue'
$text = @($input) -join "\`n"
if ([string]::IsNullOrWhiteSpace($text)) { $text = [Console]::In.ReadToEnd() }
$request = $text | ConvertFrom-Json -AsHashtable
$text = $null
$stage = 'module'
function Answer($value) {
  $value | ConvertTo-Json -Depth 6 -Compress -EnumsAsStrings -EscapeHandling EscapeNonAscii
}
try {
  Import-Module ExchangeOnlineManagement -MinimumVersion 3.1.0
  $stage = 'connect'
  $connect = @{
    AccessToken = $request.accessToken
    Organization = $request.organization
    CommandName = @($request.cmdlet)
    ShowBanner = $false
    SkipLoadingFormatData = $true
  }
  if ($request.environment) { $connect.ExchangeEnvironmentName = $request.environment }
  else { $connect.ConnectionUri = $request.connectionUri }
  Connect-ExchangeOnline @connect | Out-Null
  $stage = 'cmdlet'
  $parameters = @{}
  foreach ($item in $request.parameters) {
    $parameters[$item.name] = switch ($item.type) {
      'bytes' { , [Convert]::FromBase64String($item.value) }
      'credential' {
        $password = ConvertTo-SecureString $item.password -AsPlainText -Force
        New-Object System.Management.Automation.PSCredential($item.userName, $password)
      }
      'date' { [datetime]::Parse($item.value, [cultureinfo]::InvariantCulture, 'RoundtripKind') }
      'switch' { $true }
      'strings' { , [string[]]$item.value }
      default { $item.value }
    }
  }
  $warned = @()
  $rows = @(& $request.cmdlet @parameters -WarningVariable warned | Select-Object -Property *)
  Answer @{ ok = $true; rows = $rows; warnings = @($warned | ForEach-Object { "$_" }); date = [datetime]::UtcNow.ToString('o') }
}
catch {
  Answer @{ ok = $false; stage = $stage; message = "$($_.Exception.Message)"; id = "$($_.FullyQualifiedErrorId) $($_.Exception.GetType().FullName)" }
}
finally {
  if ($stage -eq 'cmdlet') { try { Disconnect-ExchangeOnline -Confirm:$false | Out-Null } catch { } }
}
`;

/** The script as `-EncodedCommand` takes it: base64 of UTF-16LE. */
export function encodedScript(): string {
  return Buffer.from(script, "utf16le").toString("base64");
}
