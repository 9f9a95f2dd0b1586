"""The words of tool results, in English, German, French and Spanish. Patterns only; all expect lower case."""

from __future__ import annotations

import re


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in alternatives), re.MULTILINE)


EXIT_CODE = re.compile(
    r"\b(?:exit(?:ed)?(?: with)?(?: (?:code|status))?|exit[_ -]?(?:code|status)|return[_ ]?code"
    r"|(?:process )?finished with"
    r" exit code|rc|rückgabewert|exit-?code|code (?:de )?(?:retour|sortie)|código de (?:salida"
    r"|retorno))\b\"?\s*[:=]?\s*"
    r"(-?\d+)\b"
)

JSON_ERRORS = frozenset({"error", "errors", "err", "exception", "error_message", "errormessage", "fehler", "erreur"})
JSON_OK = frozenset(
    {"ok", "success", "succeeded", "successful", "passed", "valid", "erfolg", "succes", "exito", "done"}
)
JSON_CODES = frozenset({"exit_code", "exitcode", "exit_status", "returncode", "return_code", "rc", "exit"})
JSON_STATES = frozenset(
    {"status", "state", "statuscode", "status_code", "http_status", "code", "outcome", "result", "conclusion", "statut",
     "estado", "etat", "zustand"}
)  # fmt: skip
STATE_BAD = _any(
    r"^(?:error|fail(?:ed|ure)?|failing|denied|rejected|invalid|unavailable|timed?[ _]?out|timeout|aborted"
    r"|cancel+ed|killed"
    r"|crashed|not[ _]found|unauthorized|forbidden|refused|expired|fehler|fehlgeschlagen|abgelehnt|échec|erreur|refusé"
    r"|error|fallido|fallo|rechazado|denegado)\b"
)
STATE_GOOD = _any(
    r"^(?:ok|okay|success(?:ful)?|succeeded|done|complete[d]?|passed|pass|created|sent|saved|finished|accepted"
    r"|confirmed"
    r"|delivered|healthy|up|active|erfolg(?:reich)?|fertig|bestätigt|gesendet|succès|confirmée?|envoyée?|terminée?"
    r"|réussie?"
    r"|éxito|confirmad[oa]|enviad[oa]|completad[oa]|hecho|list[oa])\b"
)

# Looks like an error and is none: counts of zero, names of files and things, talk about errors, a retry.
HARMLESS = _any(
    r"\b(?:0|no|zero|without(?: any)?|keine?|null|ohne|aucune?|sans|zéro|sin|ningún|cero)"
    r" (?:\w+ )?(?:errors?|failures?|failed|warnings?|problems?|fehler|warnungen|erreurs?|échecs?|errores|error"
    r"|fallos?)\b",
    r"\b(?:errors?|failures?|failed|fehler|erreurs?|errores|fallos?)\b\"?\s*[:=]\s*(?:\"\"|0\b|none\b|null\b|\[\]"
    r"|no\b|-(?!\d)|keine)",
    r"[\w/.-]*(?:error|exception|fail(?:ed|ure)?|fatal)[\w-]*\.(?:log|py|js|ts|txt|md|html?|json|csv|go|rs|java|c"
    r"|cpp|h|php|rb|tsx"
    r"|jsx|css|xml|ya?ml)\b(?::\d+)?",
    r"[\w-]+[_/](?:errors?|exceptions?|failures?)\b|\b(?:errors?|exceptions?|failures?)[_/][\w-]+",
    r"\berror[- ](?:handling|handler|message|messages|bars?|rate|codes?|page|correction|pages|margin|report)\b"
    r"|\b(?:handle|handling|handles|fix(?:ed|es)?|catch(?:es)?|log|logs) (?:\w+ )?(?:errors?|exceptions?|failures?)\b",
    r"['\"«“„][^'\"«»“”„\n]{0,60}\b(?:error|failure|failed|fehler|erreur|fallo)\b[^'\"«»“”„\n]{0,60}['\"»”“]",
    r"\b(?:attempt|try|versuch|essai|intento) \d+\b[^\n]*(?:timed? out|failed|error|fehlgeschlagen|échou)[^\n]*"
    r"(?:retry|erneut|nouvel|nueva|reint)[^\n]*",
    r"^\s*(?:warning|warn|warnung|avertissement|advertencia)\b[^\n]*",
)

ERROR = _any(
    r"^\s*(?:\[?(?:error|fatal|exception|panic|critical|err!|e|npm err!|fehler|erreur"
    r"|error fatal)\]?)(?:\[\w+\])?\s*[:!]"
    r"|\b\w*(?:error|exception|warning: fatal|fault|erreur|fehler)\b: |\b(?:error|fehler|erreur)\b[ :#]+[a-z]*\d+"
    r"|\btraceback \(most recent call last\)|^\s*at [\w.$]+\([\w.]+:\d+\)",
    r": (?:fatal )?error\b|\berror:|\bfatal:|\berrno\b|^!\s|\bpanicked at\b|\bunhandled\b|\buncaught\b|#(?:div/0"
    r"|ref|name|value"
    r"|n/a|num|wert|bezug|nom|valeur|¡ref|¡valor|¿nombre)[!?/]|^nan$",
    r"\b(?:segmentation fault|core dumped|command not found|no such (?:file|host|table|column|user|device|module"
    r"|package)"
    r"|permission denied|access denied|connection (?:refused|reset|timed out|closed|lost)|lost connection"
    r"|bad interpreter"
    r"|not (?:a git repository|recognized|permitted|allowed|authorized|found)|does(?: not|n't) exist|could(?: not|n't)"
    r"|can(?:not|'t) (?:open|find|connect|read|write|be|stat|access|resolve|load|create|allocate|import|delete)"
    r"|unable to"
    r"|out of (?:memory|space|range|disk)|no space left|quota exceeded|too (?:large|many requests)|rate limit)",
    r"\b(?:build|compilation|test|tests|job|task|upload|download|login|import|export|deploy(?:ment)?|install(?:ation)?"
    r"|check|migration|validation|verification|authentication|request|command|step|assertion|sync|backup|print"
    r"|payment)s?"
    r" (?:has |have |was |were )?(?:failed|aborted|rejected|denied|declined)\b|\bfailed (?:to|with|at|on|in|because"
    r"|tests?)\b"
    r"|\b(?:fail|failed|failure|aborted|rejected|abort|denied|declined|killed|crashed|refused"
    r"|terminated)\b(?! hosts?)\s*(?:[.!:;,)\]]|$)"
    r"|^\s*(?:fail|failed|--- fail|✗|✘|❌|not ok)\b",
    r"\b(?:syntax error|undefined (?:reference|control sequence|variable|symbol|function|index)|unexpected (?:token"
    r"|end|indent"
    r"|eof|identifier)|unresolved|unknown (?:option|command|column|host|argument|flag|error)|invalid \w+"
    r"|missing (?:required"
    r"|argument|operand|module|file|key|separator|semicolon)|mismatch|unsupported|overflow|deadlock|conflict(?:s)? in"
    r"|merge conflict|corrupt(?:ed)?|expired|timed? ?out|timeout|unreachable|unavailable|offline|unsuccessful"
    r"|no match(?:ing)?"
    r"|nothing (?:found|to commit was)|incompatible|illegal|exceeded|no pages of output|insufficient)\b",
    r"\b(?:fehlgeschlagen|abgebrochen|abbruch|nicht gefunden|nicht (?:möglich|erreichbar|erlaubt|lesbar|verfügbar)"
    r"|konnte nicht"
    r"|konnten nicht|kann nicht|zugriff verweigert|keine berechtigung|ungültig\w*|zeitüberschreitung|unbekannt\w*"
    r"|verweigert"
    r"|abgelehnt|gescheitert|existiert nicht|fehlende?r? \w+|zu groß|abgelaufen|kein speicherplatz)\b"
    r"|\b\w*fehler(?=[:!]| in)\b",
    r"\b(?:échec|échoué|échouée|introuvable|impossible (?:de|d')|permission (?:refusée|non accordée)|accès refusé"
    r"|refusée?"
    r"|invalide|inconnue?|délai (?:dépassé|expiré)|expirée?|abandon|interrompue?|non trouvée?|n'existe pas"
    r"|insuffisant)\b"
    r"|\bn'a pas pu\b|\bne peut pas\b",
    r"\b(?:falló|fallida|fallido|fallaron|no se (?:ha )?(?:encontró|encontrado|pudo|puede|pudieron|reconoce)|no existe"
    r"|permiso denegado|acceso denegado|denegad[oa]|rechazad[oa]|inválid[oa]|no válid[oa]|desconocid[oa]"
    r"|tiempo de espera (?:agotado|superado)|agotad[oa]|caducad[oa]|abortad[oa]|cancelad[oa] por|conexión rechazada"
    r"|insuficiente)\b",
)

SUCCESS = _any(
    r"\b(?:success(?:ful(?:ly)?)?|succeeded|done|ok|okay|complete[d]?|finished|created|saved|written|wrote"
    r"|installed|updated"
    r"|deleted|removed|started|restarted|running|deployed|uploaded|downloaded|sent|copied|moved|renamed|added"
    r"|merged|pushed|fetched"
    r"|committed|imported|exported|converted|compiled|built|formatted|fixed|fixing|applied|connected|enabled|booked"
    r"|scheduled"
    r"|printed|rebuilt|generated|inserted|restored|verified|passed|up to date|up-to-date|no changes"
    r"|nothing to commit|valid|inserted|synced"
    r"|played|resized|published|cleaned|extracted|no issues found|all good|received|reserved|posted|delivered)\b",
    r"^(?:insert|update|delete|create|alter|drop|select|copy|grant|begin|commit|vacuum)(?: \w+)*(?: \d+)+\s*$"
    r"|^(?:create|alter|drop) (?:table|index|view|database|role|user)\s*$|\(\d+ rows?\)|\b\d+ (?:rows?|files?"
    r"|results?|matches"
    r"|records?|notes?|entries|items?|commits?|pages?) (?:\w+|,|in)\b|\b\d+ files? changed\b|✓|✔|✅|\b0% packet loss\b",
    r"\b(?:erfolgreich|abgeschlossen|fertig|gespeichert|erstellt|angelegt|gesendet|verschickt|installiert|aktualisiert"
    r"|gelöscht|kopiert|gestartet|verbunden|geschrieben|gefunden|hochgeladen|heruntergeladen|importiert|exportiert"
    r"|erledigt"
    r"|übernommen|gebucht|bestanden|hinzugefügt|verschoben|umbenannt|konvertiert|gedruckt|eingetragen|bestätigt"
    r"|übertragen)\b",
    r"\b(?:succès|réussie?s?|terminée?s?|enregistrée?s?|crée?e?s?|créée?s?|envoyée?s?|installée?s?|supprimée?s?"
    r"|copiée?s?"
    r"|téléchargée?s?|ajoutée?s?|démarrée?s?|effectuée?s?|mise? à jour|fini|importée?s?|exportée?s?|convertie?s?"
    r"|générée?s?"
    r"|confirmée?s?|imprimée?s?|écrite?s?|trouvée?s?|publiée?s?|réservée?s?)\b",
    r"\b(?:éxito|exitos[oa]|correctamente|completad[oa]s?|terminad[oa]s?|guardad[oa]s?|cread[oa]s?|enviad[oa]s?"
    r"|instalad[oa]s?|actualizad[oa]s?|eliminad[oa]s?|copiad[oa]s?|descargad[oa]s?|subid[oa]s?|añadid[oa]s?"
    r"|iniciad[oa]s?|list[oa]"
    r"|hecho|finalizad[oa]s?|importad[oa]s?|exportad[oa]s?|convertid[oa]s?|generad[oa]s?|confirmad[oa]s?|impres[oa]s?"
    r"|encontrad[oa]s?|publicad[oa]s?|reservad[oa]s?)\b",
)
