*** Settings ***
Documentation       The questions of the smoke and the package gate, as a team would put them with Robot Framework.
...                 WORKFLOW=DIR KNOWLEDGE_URL=URL CLAUDE_PROJECT=DIR PACKAGE=FILE.tar.gz STORE=DIR
...                 robot --include smoke --include package release.robot
...                 Needs yamllint, curl, tar and sha256sum; the libraries are Robot Framework's own.
Library             Collections
Library             OperatingSystem
Library             Process
Library             String
Library             XML


*** Variables ***
${VERSION}      2.0.0
${NAME}         ai-engineering-workflow-v${VERSION}
@{SECTIONS}     name    version    paths    knowledge_mcp    architecture_options    phase_folders    agents    steps
...             bmm_integration


*** Test Cases ***
Fifty Five Files
    [Tags]    smoke
    ${files} =    Files Of The Workflow    -not -path '*/DEPLOYMENT/*'
    Length Should Be    ${files}    55

Texts Are UTF-8 Without Marks Of A Merge
    [Tags]    smoke
    ${files} =    Files Of The Workflow
    FOR    ${file}    IN    @{files}
        ${text} =    Get File    ${file}
        Should Not Be Empty    ${text.strip()}    ${file} is empty
        Should Not Start With    ${text}    \ufeff    ${file}
        Should Not Contain    ${text}    \x00    ${file}
        Should Not Match Regexp    ${text}    (?m)^(<<<<<<<|>>>>>>>)    ${file}
    END

Frontmatter
    [Tags]    smoke
    ${files} =    Files Of The Workflow    -path '*/agents/*.md' -o -path '*/steps/*.md' -o -name workflow.md
    ${number} =    Get Length    ${files}
    Should Be True    ${number} >= 25
    FOR    ${file}    IN    @{files}
        ${head} =    Frontmatter Of    ${file}
        Should Match Regexp    ${head}    (?m)^name: *\\S    ${file}
        Should Match Regexp    ${head}    (?m)^description: *\\S    ${file}
    END

Code Fences
    [Tags]    smoke
    ${files} =    Files Of The Workflow    -name '*.md'
    FOR    ${file}    IN    @{files}
        ${text} =    Get File    ${file}
        ${fences} =    Get Regexp Matches    ${text}    (?m)^ *```
        ${number} =    Get Length    ${fences}
        Should Be True    ${number} % 2 == 0    ${file}
    END

Yamllint
    [Tags]    smoke
    ${files} =    Files Of The Workflow    -name '*.yaml'
    Should Not Be Empty    ${files}
    Succeeds    yamllint    -d    relaxed    @{files}

XML
    [Tags]    smoke
    ${files} =    Files Of The Workflow    -name '*.xml'
    Should Not Be Empty    ${files}
    FOR    ${file}    IN    @{files}
        Parse Xml    ${file}
    END

Health
    [Tags]    smoke
    ${answer} =    Succeeds    curl    -sS    --fail    --max-time    10    %{KNOWLEDGE_URL}/health
    Should Match Regexp    ${answer}    "status": *"healthy"
    Should Not Contain    ${answer}    unhealthy

Response Time
    [Tags]    smoke
    ${five} =    Evaluate    ["-o", "/dev/null", "%{KNOWLEDGE_URL}/health"] * 5
    ${times} =    Succeeds    curl    -sS    --fail    --max-time    10    -w    %\{time_total}\\n    @{five}
    ${median} =    Evaluate    sorted(float(each) for each in $times.split())[2]
    Should Be True    ${median} < 0.1

MCP
    [Tags]    smoke
    ${first} =    Succeeds    bash    -c
    ...    read -r -t 10 first < <(curl -sSN --fail --max-time 10 "$0/mcp" 2>/dev/null) && echo "$first"
    ...    %{KNOWLEDGE_URL}
    Should Start With    ${first}    event: endpoint

Command
    [Tags]    smoke
    ${text} =    Get File    %{CLAUDE_PROJECT}/.claude/commands/bmad/bmm/workflows/quick-flow-solo-dev.md
    Should Not Be Empty    ${text}
    ${paths} =    Get Regexp Matches    ${text}    _bmad/[\\w./-]+\\.[a-z]+
    FOR    ${path}    IN    @{paths}
        File Should Not Be Empty    %{CLAUDE_PROJECT}/${path}
    END

Sections Of The Configuration
    [Tags]    smoke
    ${config} =    Get File    %{WORKFLOW}/config.yaml
    FOR    ${section}    IN    @{SECTIONS}
        Should Match Regexp    ${config}    (?m)^${section}:
    END

Files That The Configuration Names
    [Tags]    smoke
    ${config} =    Get File    %{WORKFLOW}/config.yaml
    ${steps} =    Get Regexp Matches    ${config}    (?m)^ +file: "([^"]+)"    1
    Length Should Be    ${steps}    13
    FOR    ${step}    IN    @{steps}
        File Should Exist    %{WORKFLOW}/steps/${step}
    END
    ${agents} =    Get Regexp Matches    ${config}    (?m)^ +(?:agent|\\d+): "([^"]+\\.md)"    1
    ${number} =    Get Length    ${agents}
    Should Be True    ${number} >= 20
    FOR    ${agent}    IN    @{agents}
        File Should Exist    %{WORKFLOW}/agents/${agent}
    END

Agents And Their XML
    [Tags]    smoke
    ${agents} =    List Files In Directory    %{WORKFLOW}/agents
    ${xml} =    List Files In Directory    %{WORKFLOW}/agents/config
    Length Should Be    ${agents}    11
    Length Should Be    ${xml}    11
    FOR    ${agent}    IN    @{agents}
        List Should Contain Value    ${xml}    ${agent.replace(".md", "-agent.xml")}
    END

Next Steps
    [Tags]    smoke
    ${files} =    Files Of The Workflow    -path '*/steps/*.md'
    ${number} =    Set Variable    ${0}
    FOR    ${file}    IN    @{files}
        ${head} =    Frontmatter Of    ${file}
        ${links} =    Get Regexp Matches    ${head}    (?m)^nextStep\\w*: '([^']+)'    1
        FOR    ${link}    IN    @{links}
            File Should Exist    %{WORKFLOW}/steps/${link}
            ${number} =    Evaluate    ${number} + 1
        END
    END
    Should Be True    ${number} >= 13

Name
    [Tags]    package
    Should End With    %{PACKAGE}    /${NAME}.tar.gz

Checksums
    [Tags]    package
    ${folder} =    Folder Of The Package
    ${sums} =    Get File    ${folder}/${NAME}.sha256
    ${number} =    Get Line Count    ${sums}
    Should Be Equal As Integers    ${number}    2
    Succeeds    sha256sum    --check    --strict    ${NAME}.sha256    cwd=${folder}

Archive
    [Tags]    package
    Succeeds    gzip    -t    %{PACKAGE}
    ${list} =    Succeeds    tar    -tvzf    %{PACKAGE}
    Should Not Match Regexp    ${list}    (?m)^[^-d]
    ${names} =    Succeeds    tar    -tzf    %{PACKAGE}
    Should Not Match Regexp    ${names}    (?m)^/|(^|/)\\.\\.(/|$)

Same As The Work Tree
    [Tags]    package
    ${unpacked} =    Unpacked
    Succeeds    diff    -r    ${unpacked}    %{WORKFLOW}

Manifest
    [Tags]    package
    ${folder} =    Folder Of The Package
    ${text} =    Get File    ${folder}/${NAME}.manifest.json
    ${manifest} =    Evaluate    json.loads($text)
    Should Be Equal    ${manifest}[version]    ${VERSION}
    Should Be Equal    ${manifest}[tag]    ${NAME}
    ${unpacked} =    Unpacked
    ${found} =    Succeeds    find    ${unpacked}    -type    f
    ${number} =    Get Line Count    ${found}
    Length Should Be    ${manifest}[files]    ${number}
    FOR    ${entry}    IN    @{manifest}[files]
        ${content} =    Get Binary File    ${unpacked}/${entry}[path]
        ${digest} =    Evaluate    hashlib.sha256($content).hexdigest()
        Should Be Equal    ${digest}    ${entry}[sha256]    ${entry}[path]
    END

Versions
    [Tags]    package
    ${unpacked} =    Unpacked
    ${head} =    Frontmatter Of    ${unpacked}/workflow.md
    Should Match Regexp    ${head}    (?m)^version: '${VERSION}'
    ${config} =    Get File    ${unpacked}/config.yaml
    Should Match Regexp    ${config}    (?m)^version: "${VERSION}"

Stored
    [Tags]    package
    ${folder} =    Folder Of The Package
    FOR    ${ending}    IN    tar.gz    manifest.json    sha256
        Succeeds    cmp    ${folder}/${NAME}.${ending}    %{STORE}/${NAME}.${ending}
    END


*** Keywords ***
Succeeds
    [Arguments]    @{command}    &{options}
    ${result} =    Run Process    @{command}    timeout=60s    &{options}
    Should Be Equal As Integers    ${result.rc}    0    ${result.stdout} ${result.stderr}
    RETURN    ${result.stdout}

Files Of The Workflow
    [Arguments]    ${which}=-true
    ${lines} =    Succeeds    bash    -c    find "$0" -type f '(' ${which} ')'    %{WORKFLOW}
    ${files} =    Split To Lines    ${lines}
    RETURN    ${files}

Frontmatter Of
    [Arguments]    ${file}
    ${text} =    Get File    ${file}
    ${parts} =    Get Regexp Matches    ${text}    (?s)\\A---\\n(.*?)\\n---\\n    1
    Should Not Be Empty    ${parts}    ${file} has no frontmatter
    RETURN    ${parts}[0]

Folder Of The Package
    ${folder}    ${file} =    Split Path    %{PACKAGE}
    RETURN    ${folder}

Unpacked
    ${folder} =    Set Variable    ${OUTPUT DIR}/unpacked
    Remove Directory    ${folder}    recursive=True
    Create Directory    ${folder}
    Succeeds    tar    -xzf    %{PACKAGE}    -C    ${folder}
    RETURN    ${folder}
